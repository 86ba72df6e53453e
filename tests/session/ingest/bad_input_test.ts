import { assert, assertEquals } from "@std/assert";
import type { SessionCounters } from "../../../lib/session/mod.ts";
import { HandDevice, type HandDeviceOptions } from "../../support/hand_device.ts";
import { TestGateway } from "../../support/test_gateway.ts";
import { test } from "../../support/test.ts";

const V2 = (announcedBytes: number) => {
  const bytes = new Uint8Array(16 + 40);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 2);
  view.setUint32(12, announcedBytes);
  return bytes;
};
const NESTED = `{"type":"listen","state":${"[".repeat(20_000)}${"]".repeat(20_000)}}`;
const TOO_BIG = 1009;

/** One piece of nonsense: what it costs when the session goes on, or the close code when it cannot. */
interface Nonsense {
  readonly name: string;
  readonly send: string | Uint8Array;
  readonly options?: HandDeviceOptions;
  readonly counts?: keyof SessionCounters;
  readonly closes?: number;
}

const NONSENSE: readonly Nonsense[] = [
  { name: "broken JSON", send: `{"type":"listen"`, counts: "messagesInvalid" },
  { name: "no JSON", send: "hello?", counts: "messagesInvalid" },
  { name: "an empty text", send: "", counts: "messagesInvalid" },
  { name: "a JSON array", send: "[1]", counts: "messagesInvalid" },
  { name: "listen without state", send: `{"type":"listen"}`, counts: "messagesInvalid" },
  { name: "listen in no known state", send: `{"type":"listen","state":"x"}`, counts: "messagesInvalid" },
  { name: "a type that is no text", send: `{"type":7}`, counts: "messagesInvalid" },
  { name: "no type", send: `{"state":"start"}`, counts: "messagesInvalid" },
  { name: "mcp without payload", send: `{"type":"mcp"}`, counts: "messagesInvalid" },
  { name: "JSON without a bottom", send: NESTED, counts: "messagesInvalid" },
  {
    name: "60 KB of JSON",
    send: JSON.stringify({ type: "x", text: "y".repeat(60_000) }),
    counts: "messagesUnknown",
  },
  { name: "70 KB of JSON", send: JSON.stringify({ type: "x", text: "y".repeat(70_000) }), closes: TOO_BIG },
  { name: "30,000 letters of 3 bytes", send: `"${"字".repeat(30_000)}"`, closes: TOO_BIG },
  { name: "a second hello", send: `{"type":"hello"}`, counts: "hellosRepeated" },
  { name: "an empty binary message", send: new Uint8Array(0), counts: "framesInvalid" },
  { name: "an undecodable packet", send: Uint8Array.of(0xff), counts: "audioUndecodable" },
  { name: "a packet of noise", send: Uint8Array.of(3, 0x3f, 1, 2, 3), counts: "audioUndecodable" },
  { name: "15 KB of binary", send: new Uint8Array(15_000).fill(0xff), counts: "audioUndecodable" },
  { name: "20 KB of binary", send: new Uint8Array(20_000), closes: TOO_BIG },
  { name: "v2: a length that lies", send: V2(41), options: { frameVersion: 2 }, counts: "framesInvalid" },
  {
    name: "v2: a giant length",
    send: V2(2 ** 32 - 1),
    options: { frameVersion: 2 },
    counts: "framesInvalid",
  },
  {
    name: "v2: half a header",
    send: V2(40).subarray(0, 9),
    options: { frameVersion: 2 },
    counts: "framesInvalid",
  },
  { name: "v3: short", send: Uint8Array.of(0, 0, 1), options: { frameVersion: 3 }, counts: "framesInvalid" },
  {
    name: "v3: no payload",
    send: Uint8Array.of(0, 0, 0, 0),
    options: { frameVersion: 3 },
    counts: "framesInvalid",
  },
];

test("whatever a device sends, it costs a counter or its own session, never another's", async () => {
  await using gateway = new TestGateway();
  await using neighbor = await HandDevice.greet(gateway);
  for (const { name, send, options, counts, closes } of NONSENSE) {
    await using device = await HandDevice.listen(gateway, "manual", options);
    const before = gateway.gateway.stats.counters;
    device.speak(120);
    if (typeof send === "string") device.say(send);
    else device.send(send);
    if (closes !== undefined) {
      assertEquals((await device.ended).code, closes, name);
    } else {
      device.speak(120);
      device.stop();
      await device.until(() => device.said.at(-1) === "tts stop", `tts stop after ${name}`);
      assert(device.said.some((said) => said.startsWith("stt ")), name);
    }
    if (counts !== undefined) {
      assertEquals(gateway.gateway.stats.counters[counts] - before[counts], 1, name);
    }
    neighbor.heard.length = 0;
    neighbor.start("manual");
    neighbor.speak(120);
    neighbor.stop();
    await neighbor.until(() => neighbor.said.length === 3, `an answer beside ${name}`);
    assertEquals(neighbor.said.slice(1), ["tts start", "tts stop"], name);
  }
  assertEquals(gateway.gateway.stats.counters.sessionsUnclean, 0);
});

test("what comes before the hello is counted and not heard", async () => {
  await using gateway = new TestGateway();
  await using device = await HandDevice.open(gateway);
  device.speak(120);
  device.start("manual");
  device.say({ type: "abort" });
  device.say({ type: "hello" });
  await device.hears(["hello"]);
  const { framesBeforeHello, messagesBeforeHello, audioChunks } = gateway.gateway.stats.counters;
  assertEquals([framesBeforeHello, messagesBeforeHello, audioChunks], [2, 2, 0]);
});

test("sound that nobody asked for is counted, and not held", async () => {
  await using gateway = new TestGateway();
  await using device = await HandDevice.greet(gateway);
  device.speak(6_000);
  await device.settled();
  const { counters, audioBytes } = gateway.gateway.stats;
  assertEquals([counters.audioChunks, counters.audioUnlistened, counters.turnsStarted], [100, 100, 0]);
  assertEquals(audioBytes, 0);
});

test("an undecodable packet between good ones costs only itself", async () => {
  await using gateway = new TestGateway();
  await using device = await HandDevice.listen(gateway, "manual");
  device.speak(300);
  device.send(Uint8Array.of(0xff));
  device.speak(300);
  device.stop();
  await device.hears(["stt segment 0", "tts start", "tts stop"]);
  assertEquals(gateway.sessionEvents.map((event) => event.type === "turn_ended" && event.summary.audioMs), [
    600,
  ]);
});

test("a client that never says hello is closed", async () => {
  await using gateway = new TestGateway(undefined, { session: { helloTimeoutMs: 100 } });
  await using device = await HandDevice.open(gateway);
  device.say({ type: "listen", state: "start" });
  assertEquals(await device.ended, { by: "gateway", code: 1008, reason: "hello_timeout" });
});

test("a device that sends nothing any more is closed, one that sends anything is not", async () => {
  await using gateway = new TestGateway(undefined, { session: { idleTimeoutMs: 1_000 } });
  await using silent = await HandDevice.greet(gateway);
  await using lively = await HandDevice.greet(gateway);
  const pings = setInterval(() => lively.say({ type: "ping" }), 200);
  try {
    assertEquals(await silent.ended, { by: "gateway", code: 1000, reason: "idle" });
    await lively.settled();
  } finally {
    clearInterval(pings);
  }
});
