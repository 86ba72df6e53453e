import { assert, assertEquals, assertRejects } from "@std/assert";
import { OpusEncoder } from "../../lib/audio/mod.ts";
import { SimulatedDevice, type SimulatedDeviceOptions } from "../../lib/device/mod.ts";
import { EarshotError, type ErrorCode } from "../../lib/errors/mod.ts";
import { encodeFrame, type ServerMessage } from "../../lib/protocol/mod.ts";
import { test } from "../support/test.ts";
import { HELLO, type Script, ScriptedGateway } from "./scripted_gateway.ts";

const START: ServerMessage = { type: "tts", state: "start" };
const STOP: ServerMessage = { type: "tts", state: "stop" };
const TEXT: ServerMessage = { type: "stt", text: "hello" };

const NEVER = new AbortController().signal;

/** A second of a tone: 17 frames of 60 ms, the last one not full. */
const SPEECH = Int16Array.from({ length: 16_000 }, (_, at) => 8_000 * Math.sin(at / 8));

function connect(
  gateway: ScriptedGateway,
  options: Partial<SimulatedDeviceOptions> = {},
  signal: AbortSignal = NEVER,
): Promise<SimulatedDevice> {
  return SimulatedDevice.connect({ url: gateway.url, paceFactor: 20, ...options }, signal);
}

async function assertFails(work: Promise<unknown>, code: ErrorCode): Promise<EarshotError> {
  const error = await assertRejects(() => work, EarshotError);
  assertEquals(error.code, code);
  return error;
}

/** Answers the hello, and `listen stop` by a turn. */
const manualScript: Script = (heard, caller) => {
  if (!("type" in heard)) return;
  if (heard.type === "hello") caller.send(HELLO);
  if (heard.type === "listen" && heard.state === "stop") caller.send(TEXT, START, STOP);
};

/** Answers the hello, and every `packets` packets by a turn; speaks for `speakingMs`. */
function autoScript(packets: number, speakingMs: number): Script {
  let count = 0;
  return (heard, caller) => {
    if ("type" in heard) {
      if (heard.type === "hello") caller.send(HELLO);
      return;
    }
    if (++count % packets !== 0) return;
    caller.send(TEXT, START);
    caller.later(speakingMs, () => caller.send(STOP));
  };
}

test("introduces itself as firmware does", async () => {
  await using gateway = new ScriptedGateway(manualScript);
  const identity = { deviceId: "02:00:00:00:00:01", clientId: "c1", token: "t1" };
  await using _device = await connect(gateway, { ...identity, frameVersion: 3, frameDurationMs: 20 });
  const headers = gateway.requests[0] ?? {};
  assertEquals(headers["device-id"], "02:00:00:00:00:01");
  assertEquals(headers["client-id"], "c1");
  assertEquals(headers["authorization"], "Bearer t1");
  assertEquals(headers["protocol-version"], "3");
  assertEquals(gateway.heard, [{
    type: "hello",
    version: 3,
    features: { mcp: false, aec: false },
    audio: { format: "opus", sampleRateHz: 16_000, channels: 1, frameDurationMs: 20 },
  }]);
  await using nobody = await connect(gateway, { token: "" });
  assertEquals(nobody.state, "idle");
  assertEquals(gateway.requests[1]?.["authorization"], undefined);
  assertEquals(gateway.requests[1]?.["device-id"], undefined);
});

test("manual: the button is held for as long as the speech, in every frame version", async () => {
  for (const frameVersion of [1, 2, 3] as const) {
    await using gateway = new ScriptedGateway(manualScript);
    await using device = await connect(gateway, { mode: "manual", frameVersion });
    const said = await device.say(SPEECH);
    assertEquals(said.text, "hello");
    assert((said.endOfSpeechToTextMs ?? -1) >= 0);
    assertEquals(said.messages.map(({ message }) => message.type), ["stt", "tts", "tts"]);
    assertEquals(device.state, "idle");
    await device.say(SPEECH.subarray(0, 960));
    const start = { type: "listen", state: "start", mode: "manual" } as const;
    const stop = { type: "listen", state: "stop" } as const;
    assertEquals<unknown>(gateway.heard.slice(1), [start, 17, stop, start, 1, stop]);
  }
});

test("auto: the microphone stays on until the answer, and listening is announced again after it", async () => {
  await using gateway = new ScriptedGateway(autoScript(40, 50));
  await using device = await connect(gateway);
  const said = await device.say(SPEECH);
  assertEquals(said.text, "hello");
  assertEquals(device.state, "listening");
  await device.say(SPEECH);
  const kinds = gateway.heard.slice(1).map((one) => typeof one === "number" ? "packets" : one.type);
  assertEquals(kinds.slice(0, 4), ["listen", "packets", "listen", "packets"]);
  const first = gateway.heard[2];
  assert(typeof first === "number" && first >= 40, "silence went on after the 17 packets of speech");
});

test("auto: nothing is sent while the device speaks", async () => {
  await using gateway = new ScriptedGateway(autoScript(30, 200));
  let heardAtStart = 0;
  await using device = await connect(gateway, {
    onMessage: ({ message }) => {
      if (message.type === "tts" && message.state === "start") heardAtStart = device.stats.framesSent;
      if (message.type === "tts" && message.state === "stop") {
        assertEquals(device.stats.framesSent, heardAtStart);
      }
    },
  });
  await device.say(SPEECH);
  assert(heardAtStart >= 30);
});

test("realtime: the microphone stays on while the device speaks, and nothing is announced again", async () => {
  await using gateway = new ScriptedGateway(autoScript(30, 200));
  await using device = await connect(gateway, { mode: "realtime" });
  await device.say(SPEECH);
  assert(gateway.packets > 35, `${gateway.packets} packets`);
  assertEquals(gateway.heard.filter((one) => typeof one !== "number" && one.type === "listen").length, 1);
});

test("a tts stop without a tts start ends the turn with no text, and the device listens on", async () => {
  let packets = 0;
  await using gateway = new ScriptedGateway((heard, caller) => {
    if (!("type" in heard)) {
      if (++packets === 30) caller.send(STOP);
    } else if (heard.type === "hello") caller.send(HELLO);
  });
  await using device = await connect(gateway);
  const said = await device.say(SPEECH);
  assertEquals([said.text, said.texts.length, said.endOfSpeechToTextMs], ["", 0, undefined]);
  await gateway.until(() => gateway.packets > 40);
  assertEquals(gateway.heard.length, 3);
});

test("speech is sent at real pace", async () => {
  await using gateway = new ScriptedGateway(manualScript);
  await using device = await connect(gateway, { mode: "manual", paceFactor: 2, frameDurationMs: 20 });
  const startedMs = performance.now();
  await device.say(SPEECH.subarray(0, 6_400));
  const tookMs = performance.now() - startedMs;
  assert(tookMs >= 199, `400 ms of speech took ${tookMs} ms at twice the pace`);
  assertEquals(gateway.packets, 20);
});

test("counts what it played, what it ignored, and what firmware would have stumbled over", async () => {
  const packet = encodeFrame(2, Uint8Array.of(0xf8, 0xff, 0xfe), { timestampMs: 1 });
  await using gateway = new ScriptedGateway((heard, caller) => {
    if (!("type" in heard)) return;
    if (heard.type === "hello") caller.send("{", `{"type":"tts"}`, HELLO);
    if (heard.type !== "listen" || heard.state !== "stop") return;
    caller.send(packet, START, packet, packet, Uint8Array.of(1, 2), STOP);
  });
  const played: number[][] = [];
  await using device = await connect(gateway, {
    mode: "manual",
    frameVersion: 2,
    onPlayed: (opus) => played.push([...opus]),
  });
  await device.say(SPEECH.subarray(0, 960));
  assertEquals(played, [[0xf8, 0xff, 0xfe], [0xf8, 0xff, 0xfe]]);
  assertEquals(device.stats, {
    framesSent: 1,
    framesDropped: 0,
    framesPlayed: 2,
    framesIgnored: 1,
    invalidFrames: 1,
    invalidMessages: 2,
  });
});

test("a gateway that says no hello, or no answer, is given up in time", async () => {
  await using mute = new ScriptedGateway(() => {});
  await assertFails(connect(mute, { helloTimeoutMs: 50 }), "device.no_answer");
  await using gateway = new ScriptedGateway((heard, caller) => {
    if ("type" in heard && heard.type === "hello") caller.send(HELLO);
  });
  await using device = await connect(gateway, { mode: "manual" });
  await assertFails(device.say(SPEECH.subarray(0, 960), { answerTimeoutMs: 50 }), "device.no_answer");
  assertEquals(device.state, "idle");
});

test("a gateway that closes ends the device, with its reason", async () => {
  await using gateway = new ScriptedGateway((heard, caller) => {
    if (!("type" in heard)) caller.close(4001, "another one came");
    else if (heard.type === "hello") caller.send(HELLO);
  });
  const device = await connect(gateway, { paceFactor: 1 });
  const error = await assertFails(device.say(SPEECH), "device.no_answer");
  assert(error.message.includes("4001"), error.message);
  assertEquals((await device.closed).failed, []);
  await assertFails(device.say(SPEECH), "device.no_answer");
});

test("hangs up without a close frame, in the middle of a word", async () => {
  await using gateway = new ScriptedGateway(manualScript);
  const device = await connect(gateway, { paceFactor: 1, faults: { dropAfterMs: 100 } });
  await assertFails(device.say(SPEECH), "canceled");
  const code = await gateway.closedWith;
  assert(code === 1006 || code === 0, `close code ${code}`);
  assertEquals(await device.close(), await device.closed);
});

test("a stalled device goes on speaking and hears nothing", async () => {
  await using gateway = new ScriptedGateway(manualScript);
  await using device = await connect(gateway, { mode: "manual", faults: { stallAfterMs: 0 } });
  await new Promise((resolve) => setTimeout(resolve, 20));
  const saying = assertFails(device.say(SPEECH, { answerTimeoutMs: 300 }), "device.no_answer");
  await gateway.until(() => gateway.packets === 17);
  await saying;
});

test("its signal ends it at any time", async () => {
  await using gateway = new ScriptedGateway((heard, caller) => {
    if ("type" in heard && heard.type === "hello") caller.send(HELLO);
  });
  const controller = new AbortController();
  const device = await connect(gateway, { paceFactor: 1 }, controller.signal);
  setTimeout(() => controller.abort(), 50);
  await assertFails(device.say(SPEECH), "canceled");
  assertEquals((await device.closed).failed, []);
  await assertFails(connect(gateway, {}, controller.signal), "canceled");
});

test("keeps what it plays, where it is told to, and not what is no Opus", async () => {
  const encoder = new OpusEncoder({ sampleRateHz: 24_000 });
  const packet = encoder.encode(new Int16Array(24 * 60));
  encoder.close();
  for (const keepSound of [true, false]) {
    await using gateway = new ScriptedGateway((heard, caller) => {
      if (!("type" in heard)) return;
      if (heard.type === "hello") caller.send(HELLO);
      if (heard.type !== "listen" || heard.state !== "stop") return;
      const sentence = { type: "tts", state: "sentence_start", text: "Hello." } as const;
      caller.send(TEXT, START, sentence, packet, packet, new Uint8Array(1_300).fill(255), STOP);
    });
    await using device = await connect(gateway, { mode: "manual", keepSound });
    const { answer, sound, endOfSpeechToFirstFrameMs = -1 } = await device.say(SPEECH);
    assertEquals([answer, sound.length], ["Hello.", keepSound ? 2 * 24 * 60 : 0]);
    assert(endOfSpeechToFirstFrameMs >= 0);
    assertEquals([device.stats.framesPlayed, device.stats.invalidFrames], [3, keepSound ? 1 : 0]);
  }
});
