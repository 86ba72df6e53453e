import { assert, assertEquals } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { Channel } from "../../../lib/lifecycle/mod.ts";
import type { SpeechSound, TtsProvider } from "../../../lib/tts/mod.ts";
import { LEAVE_MS } from "../../../lib/tts/streamed/text_exchange.ts";
import { doubaoSpeech } from "../../support/emulators/doubao_speech.ts";
import type { DoubaoSpeechManner } from "../../support/emulators/doubao_speech_rules.ts";
import { SpeechSocketEmulator } from "../../support/emulators/speech_socket_emulator.ts";
import type { SpeechScript } from "../../support/emulators/speech_script.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { openVoice } from "../../support/open_voice.ts";
import { test } from "../../support/test.ts";
import { toneOf } from "../../support/tones.ts";
import { inTime, until } from "../../support/until.ts";
import { listen, type Speaking } from "../speaking.ts";

const CANCEL_SESSION = 101;
const FINISH_SESSION = 102;

/** A text that a test writes, the voice that speaks it, and the service. */
class Telling implements AsyncDisposable {
  readonly text = new Channel<string>(100);
  readonly canceled = new AbortController();
  readonly noted: { readonly events: number[]; readonly parts: string[] } = { events: [], parts: [] };
  readonly clock = new FakeClock();
  #emulator: SpeechSocketEmulator | undefined;
  #voice: TtsProvider | undefined;

  static async open(manner: DoubaoSpeechManner = {}, script: SpeechScript = {}): Promise<Telling> {
    const telling = new Telling();
    const emulator = await SpeechSocketEmulator.start(
      doubaoSpeech({ ...manner, noted: telling.noted }),
      script,
    );
    telling.#emulator = emulator;
    const url = `${emulator.origin.replace("ws", "http")}/api/v3/tts`;
    const secrets = { apiKey: "doubao-key" };
    telling.#voice = await openVoice({ type: "doubao", url }, { secrets, clock: telling.clock });
    return telling;
  }

  get emulator(): SpeechSocketEmulator {
    assert(this.#emulator !== undefined);
    return this.#emulator;
  }

  sounds(text = this.text): AsyncIterable<SpeechSound> {
    const sounds = this.#voice?.speakStream?.(text, { language: "en" }, this.canceled.signal);
    assert(sounds !== undefined);
    return sounds;
  }

  listen(): Speaking<SpeechSound> {
    return listen(this.sounds());
  }

  /** The service has begun the session. */
  async begun(): Promise<void> {
    await until(() => this.noted.parts.length > 0, "the session");
  }

  async closed(): Promise<void> {
    await until(() => this.emulator.open === 0, "the service sees the end");
  }

  closeVoice(): void {
    this.#voice?.close?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.canceled.abort();
    this.closeVoice();
    await this.closed();
    await this.emulator[Symbol.asyncDispose]();
  }
}

function msOf({ sounds }: Pick<Speaking<SpeechSound>, "sounds">): number {
  return Math.round(
    sounds.reduce((sum, { pcm, sampleRateHz }) => sum + pcm.length * 1_000 / sampleRateHz, 0),
  );
}

test("the service is asked with the first part, and each part is sent as it comes, unsplit", async () => {
  await using telling = await Telling.open();
  const heard = telling.listen();
  await telling.clock.advance(10_000);
  assertEquals(telling.emulator.requests.length, 0);
  const parts = ["Hel", "lo", " ", "there. And", " now, (you) ", "know", "..."];
  for (const [index, part] of parts.entries()) {
    await telling.text.send(part);
    await until(() => telling.noted.parts.length === index + 1, "the part");
    assert(!telling.noted.events.includes(FINISH_SESSION));
  }
  telling.text.close();
  await inTime(heard.done, "the end");
  assertEquals([heard.outcome, telling.noted.parts], ["whole", parts]);
  assertEquals(telling.noted.events.slice(0, 3), [1, 100, 200]);
  assertEquals(telling.noted.events.filter((event) => event === FINISH_SESSION), [FINISH_SESSION]);
  assertEquals(msOf(heard), toneOf("Hello there.And now, (you) know...").durationMs);
});

test("the sound of an early sentence comes before later parts are written", async () => {
  await using telling = await Telling.open();
  const heard = telling.listen();
  await telling.text.send("Hello there.");
  await until(() => msOf(heard) === toneOf("Hello there.").durationMs, "the first sentence");
  assertEquals([heard.outcome, telling.noted.parts], [undefined, ["Hello there."]]);
  await telling.text.send(" Good to see you.");
  telling.text.close();
  await inTime(heard.done, "the end");
  assertEquals(heard.outcome, "whole");
  assertEquals(msOf(heard), toneOf("Hello there.Good to see you.").durationMs);
});

test("parts are written on while nobody pulls sound", async () => {
  await using telling = await Telling.open();
  const sounds = telling.sounds()[Symbol.asyncIterator]();
  await telling.text.send("Hello there.");
  assertEquals((await sounds.next()).done, false);
  for (const part of [" One.", " Two.", " Three."]) await telling.text.send(part);
  telling.text.close();
  await until(() => telling.noted.events.includes(FINISH_SESSION), "the end of the text");
  assertEquals(telling.noted.parts.length, 4);
  await sounds.return?.();
});

test("a text without a part asks nobody; one that nobody can speak gives no sound", async () => {
  await using telling = await Telling.open();
  const nothing = telling.listen();
  telling.text.close();
  await inTime(nothing.done, "the end");
  assertEquals([nothing.outcome, nothing.sounds.length, telling.emulator.requests.length], ["whole", 0, 0]);

  await using silent = await Telling.open({}, { fault: { what: "empty" } });
  const heard = silent.listen();
  await silent.text.send("Hello.");
  silent.text.close();
  await inTime(heard.done, "the end");
  assertEquals([heard.outcome, heard.sounds.length], ["whole", 0]);
});

test("canceled before the first part: nobody is asked", async () => {
  await using telling = await Telling.open();
  const heard = telling.listen();
  telling.canceled.abort();
  await inTime(heard.done, "the end");
  assertEquals([heard.outcome, telling.emulator.requests.length], ["canceled", 0]);
  assertEquals(await telling.text.send("late"), false, "the writer is told");
});

test("canceled while it waits for text: the session is given up, then the connection ends", async () => {
  for (const cancel of [undefined, "finished"] as const) {
    await using telling = await Telling.open({ ...(cancel !== undefined && { cancel }) });
    const heard = telling.listen();
    await telling.text.send("Hello");
    await telling.begun();
    telling.canceled.abort();
    await inTime(heard.done, "the end");
    assertEquals(heard.outcome, "canceled");
    await telling.closed();
    assertEquals(telling.noted.events, [1, 100, 200, CANCEL_SESSION]);
    assertEquals([telling.emulator.requests[0]?.state, telling.clock.pending], ["closed", 0]);
  }
});

test("a service that does not say that it gave a session up is left after a moment", async () => {
  await using telling = await Telling.open({ cancel: "silent" });
  const heard = telling.listen();
  await telling.text.send("Hello");
  await telling.begun();
  telling.canceled.abort();
  await inTime(heard.done, "the caller does not wait for it");
  await until(() => telling.noted.events.includes(CANCEL_SESSION), "it is given up");
  await telling.clock.advance(LEAVE_MS - 1);
  assertEquals([telling.emulator.open, telling.clock.pending], [1, 1]);
  await telling.clock.advance(1);
  await telling.closed();
  assertEquals(telling.clock.pending, 0);
});

test("closing the voice leaves such a service at once", async () => {
  await using telling = await Telling.open({ cancel: "silent" });
  const heard = telling.listen();
  await telling.text.send("Hello");
  await telling.begun();
  telling.canceled.abort();
  await inTime(heard.done, "the end");
  telling.closeVoice();
  await telling.closed();
  assertEquals(telling.clock.pending, 0);
});

test("canceled in mid-sound while there is more text: given up, though the service goes on to send sound", async () => {
  await using telling = await Telling.open({ cancel: "silent" }, { fault: { what: "endless" } });
  const heard = telling.listen();
  await telling.text.send("Hello there.");
  await until(() => heard.sounds.length > 10, "sound");
  telling.canceled.abort();
  await inTime(heard.done, "the end");
  const { length } = heard.sounds;
  await until(() => telling.noted.events.includes(CANCEL_SESSION), "it is given up");
  await telling.clock.advance(LEAVE_MS);
  await telling.closed();
  assertEquals([heard.outcome, heard.sounds.length], ["canceled", length]);
});

test("a reader who is behind, and stops: the session is given up all the same", async () => {
  await using telling = await Telling.open({}, { fault: { what: "endless" } });
  const sounds = telling.sounds()[Symbol.asyncIterator]();
  await telling.text.send("Hello there.");
  await sounds.next();
  const sent = () => telling.emulator.requests[0]?.sentBytes ?? 0;
  let before = -1;
  await until(async () => {
    const was = before;
    before = sent();
    await new Promise((resolve) => setTimeout(resolve, 50));
    return was === before;
  }, "the service is held up");
  await sounds.return?.();
  await telling.closed();
  assert(telling.noted.events.includes(CANCEL_SESSION));
});

test("canceled after the end of the text: a session cannot be given up any more, so the connection ends", async () => {
  for (const at of ["first", "mid"] as const) {
    await using telling = await Telling.open({}, { fault: { what: "hang", at } });
    const heard = telling.listen();
    await telling.text.send("Hello there.");
    telling.text.close();
    await until(() => telling.noted.events.includes(FINISH_SESSION), "the end of the text");
    if (at === "mid") await until(() => heard.sounds.length > 0, "sound");
    telling.canceled.abort();
    await inTime(heard.done, "the end");
    await telling.closed();
    assertEquals([heard.outcome, telling.noted.events.includes(CANCEL_SESSION)], ["canceled", false]);
  }
});

test("what the writer throws is thrown, and the session is given up", async () => {
  for (
    const error of [new EarshotError("llm.disconnected", "Cannot answer"), new RangeError("none of ours")]
  ) {
    await using telling = await Telling.open();
    const sounds = Array.fromAsync(telling.sounds());
    await telling.text.send("Hello there.");
    await telling.begun();
    telling.text.close(error);
    assertEquals(await sounds.then(() => undefined, (thrown) => thrown), error);
    await telling.closed();
    assertEquals(telling.noted.events.at(-1), CANCEL_SESSION);
  }
});

test("a service that ends its session before the text has ended is told as such, and gets no more of it", async () => {
  const codes = {
    finished: "tts.disconnected",
    closed: "tts.disconnected",
    failed: "tts.throttled",
  } as const;
  for (const ends of ["finished", "closed", "failed"] as const) {
    await using telling = await Telling.open({ ends });
    const heard = telling.listen();
    await telling.text.send("Hello there.");
    await inTime(heard.done, "the end");
    assertEquals(heard.outcome, codes[ends], ends);
    assertEquals(await telling.text.send(" More of it."), false, "the writer is told");
    await telling.closed();
    assertEquals(telling.noted.parts, ["Hello there."]);
  }
});

test("each text is a session of its own, with an id of its own, on a connection of its own, also at once", async () => {
  await using telling = await Telling.open();
  // The emulator knows the ids that it has seen.
  const texts = ["Hello there.", "And now.", "Something else."];
  await Promise.all(texts.map(async (words) => {
    const text = new Channel<string>(10);
    const heard = listen(telling.sounds(text));
    await text.send(words);
    text.close();
    await inTime(heard.done, "the end");
    assertEquals([heard.outcome, msOf(heard)], ["whole", toneOf(words).durationMs]);
  }));
  assertEquals(telling.emulator.requests.length, 3);
});

test("a connection is said goodbye, and ends with its session", async () => {
  await using telling = await Telling.open();
  const heard = telling.listen();
  await telling.text.send("Hello there.");
  telling.text.close();
  await inTime(heard.done, "the end");
  assertEquals(heard.outcome, "whole");
  await telling.closed();
  assertEquals([telling.noted.events.at(-1), telling.clock.pending], [2, 0]);
});
