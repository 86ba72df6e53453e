import { assertEquals, assertRejects } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { systemClock } from "../../../lib/lifecycle/mod.ts";
import type { ConnectionHandlers } from "../../../lib/net/mod.ts";
import { PulledSocket } from "../../../lib/tts/socket/pulled_socket.ts";
import { onePart, speakStreamed } from "../../../lib/tts/streamed/speak_streamed.ts";
import type { TextWire, TextWireEvent } from "../../../lib/tts/streamed/text_wire.ts";
import { settle } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";

const SERVICE = { family: "tts", name: "far" } as const;
const NEVER = new AbortController().signal;

/** Says in one word what it means; `!` is sound. */
const WIRE: TextWire = {
  opening: "open",
  text: (part) => [`text ${part}`],
  finish: () => ["finish"],
  cancel: "cancel",
  read(message): TextWireEvent {
    switch (message) {
      case "started":
        return { type: "started" };
      case "ended":
        return { type: "ended", nothing: false };
      case "nothing":
        return { type: "ended", nothing: true };
      case "!":
        return { type: "sound", bytes: new Uint8Array(96) };
      default:
        return { type: "other" };
    }
  },
};

/** A service that does nothing by itself, and notes what it is sent. */
function service(
  { kept = [], wire = WIRE }: { readonly kept?: readonly boolean[]; readonly wire?: TextWire } = {},
) {
  const sent: string[] = [];
  const peers: ConnectionHandlers[] = [];
  const speak = (parts: AsyncIterable<string>, signal = NEVER) =>
    speakStreamed(parts, {
      service: SERVICE,
      clock: systemClock,
      sampleRateHz: 24_000,
      maxChars: 100,
      maxPauseMs: 10_000,
      open: async (life) => {
        const socket = await PulledSocket.open({
          service: SERVICE,
          connect: (handlers) => {
            peers.push(handlers);
            return Promise.resolve({
              writable: true,
              send: (message) => void sent.push(String(message)),
              close: () => void sent.push("close"),
              destroy: () => void sent.push("destroy"),
            });
          },
        }, life);
        return { socket, kept: kept[peers.length - 1] ?? false, wire };
      },
    }, signal);
  const says = async (...messages: readonly string[]) => {
    await settle();
    for (const message of messages) peers.at(-1)?.onMessage(message);
    await settle();
  };
  return { sent, peers, speak, says };
}

const GONE = { code: 1006, reason: "" };

test("no text is sent before the request has started, and what came before that is not its sound", async () => {
  const { sent, speak, says } = service();
  const sounds = speak(onePart("Hello."));
  const first = sounds.next();
  await says("!", "!", "other");
  assertEquals(sent, ["open"]);
  await says("started", "!");
  assertEquals([(await first).value?.pcm.length, sent], [48, ["open", "text Hello.", "finish"]]);
  const last = sounds.next();
  await says("ended");
  assertEquals([(await last).done, sent.slice(3)], [true, ["close"]]);
});

test("a kept connection that has ended meanwhile is replaced, again and again; a new one is not", async () => {
  const { sent, peers, speak, says } = service({ kept: [true, true, false] });
  const failed = assertRejects(() => speak(onePart("Hello.")).next(), EarshotError);
  for (let count = 1; count <= 3; count++) {
    await settle();
    assertEquals(peers.length, count);
    peers.at(-1)?.onClosed(GONE);
  }
  assertEquals([(await failed).code, peers.length], ["tts.disconnected", 3]);
  await says();
  assertEquals(sent.filter((message) => message.startsWith("text")), []);
});

test("a kept connection is not replaced once text was sent, nor once it is given up", async () => {
  const late = service({ kept: [true] });
  const failed = assertRejects(() => late.speak(onePart("Hello.")).next(), EarshotError);
  await late.says("started");
  late.peers[0]?.onClosed(GONE);
  assertEquals([(await failed).code, late.peers.length], ["tts.disconnected", 1]);
  const life = new AbortController();
  const given = service({ kept: [true] });
  const canceled = assertRejects(() => given.speak(onePart("Hello."), life.signal).next(), EarshotError);
  await given.says();
  life.abort();
  given.peers[0]?.onClosed(GONE);
  assertEquals([(await canceled).code, given.peers.length], ["canceled", 1]);
});

test("a request that ends before its text, or before it has begun, has failed", async () => {
  for (const messages of [["ended"], ["nothing"], ["started", "ended"]]) {
    const { sent, speak, says } = service();
    const parts = (async function* () {
      yield "Hello.";
      await new Promise(() => {});
    })();
    const failed = assertRejects(() => speak(parts).next(), EarshotError);
    await says(...messages);
    assertEquals([(await failed).code, sent.includes("destroy")], ["tts.protocol", true], messages.join());
  }
});

test("a request in which there is nothing to speak ends without a fault, and the text goes on in the next", async () => {
  const { sent, peers, speak, says } = service();
  const next = Promise.withResolvers<void>();
  const parts = (async function* () {
    yield "a";
    await next.promise;
    yield "Hello.";
  })();
  const sound = speak(parts).next();
  await says("started", "nothing");
  assertEquals(sent, ["open", "text a", "destroy"]);
  next.resolve();
  await says("started", "!");
  assertEquals([(await sound).value?.pcm.length, peers.length, sent.slice(3)], [48, 2, [
    "open",
    "text Hello.",
    "finish",
  ]]);
});

test("whoever gives up amid the request says so before its connection ends", async () => {
  for (const how of ["abort", "leave"] as const) {
    const { sent, speak, says } = service();
    const life = new AbortController();
    const sounds = speak(onePart("Hello."), life.signal);
    const first = sounds.next();
    await says("started", "!");
    await first;
    if (how === "leave") await sounds.return();
    else life.abort();
    assertEquals(sent.slice(0, 4), ["open", "text Hello.", "finish", "cancel"], how);
    if (how === "abort") {
      assertEquals((await assertRejects(() => sounds.next(), EarshotError)).code, "canceled");
    }
    assertEquals([sent.includes("destroy"), sent.includes("close")], [true, false]);
  }
});

test("a request that needs no opening begins with its text", async () => {
  const { opening: _opening, ...wire } = WIRE;
  const { sent, speak, says } = service({ wire });
  const sounds = speak(onePart("Hello."));
  const first = sounds.next();
  await says("!");
  assertEquals([(await first).value?.pcm.length, sent], [48, ["text Hello.", "finish"]]);
  await sounds.return();
});
