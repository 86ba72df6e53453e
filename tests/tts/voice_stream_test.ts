import { assert, assertEquals } from "@std/assert";
import { EarshotError } from "../../lib/errors/mod.ts";
import { type SpeechEvent, TtsRunner, Voice, WrittenText } from "../../lib/tts/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { ScriptedVoice } from "../support/scripted_voice.ts";
import { test } from "../support/test.ts";
import { listen, turn } from "./speaking.ts";

const PASSING = new EarshotError("tts.failed", "Cannot speak: not now");

/** A text that is being written, and an agent's voice that speaks it. */
function speakWith(...voices: readonly [ScriptedVoice, ...ScriptedVoice[]]) {
  const clock = new FakeClock();
  const life = new AbortController();
  const events: SpeechEvent[] = [];
  const runnerOf = (voice: ScriptedVoice) =>
    new TtsRunner(voice, {
      clock,
      firstSoundTimeoutMs: 1_000,
      stallTimeoutMs: 1_000,
      onEvent: (event) => events.push(event),
    });
  const [first, ...rest] = voices;
  const voice = new Voice([runnerOf(first), ...rest.map(runnerOf)]);
  const text = new WrittenText();
  const speaking = listen(voice.speakStream({ text, language: "en" }, { signal: life.signal }));
  return { clock, life, events, text, speaking };
}

const streaming = (name: string, more: { readonly maxChars?: number } = {}) =>
  new ScriptedVoice(name, { textIn: "streamed", ...more });

test("the service is asked with the first word, gets each part as it comes, and may sound before the end", async () => {
  const voice = streaming("x");
  const { text, speaking } = speakWith(voice);
  text.write(" … ");
  text.write("🙂 ");
  await turn();
  assertEquals(voice.requests.length, 0);
  text.write("Hello\u0000 ");
  text.write("the");
  await turn();
  const [request] = voice.requests;
  assert(request !== undefined);
  assertEquals([request.parts, request.allParts], [["… 🙂 Hello ", "the"], false]);
  request.sound(50);
  await turn();
  assertEquals(speaking.sounds.length, 1);
  text.write("re.");
  text.end();
  await turn();
  assertEquals([request.parts.join(""), request.allParts], ["… 🙂 Hello there.", true]);
  request.end();
  await speaking.done;
  assertEquals([speaking.outcome, voice.requests.length], ["whole", 1]);
});

test("a text without a word asks nobody; one that fails while it is written fails the voice", async () => {
  const voice = streaming("x");
  const silent = speakWith(voice);
  silent.text.write("… 🙂");
  silent.text.end();
  await silent.speaking.done;
  assertEquals([silent.speaking.outcome, silent.events, voice.requests.length], ["whole", [], 0]);
  const failing = speakWith(voice);
  failing.text.write("Hello");
  await turn();
  failing.text.end(new EarshotError("llm.failed", "Cannot go on"));
  await failing.speaking.done;
  assertEquals(failing.speaking.outcome, "llm.failed");
});

test("time in which the text is awaited does not count; once it is there a service that hangs is passed over", async () => {
  const voice = streaming("x");
  const { clock, text, speaking } = speakWith(voice);
  text.write("Hello ");
  await clock.advance(900);
  voice.requests[0]?.sound(50);
  await clock.advance(30_000);
  assertEquals([speaking.outcome, speaking.sounds.length], [undefined, 1]);
  text.write("there.");
  text.end();
  await clock.advance(2_500);
  await speaking.done;
  assertEquals([speaking.outcome, clock.pending], ["tts.timeout", 0]);
  assert(voice.requests[0]?.signal.aborted);
});

test("another service takes over before the first sound, with the text from its beginning", async () => {
  const [first, second] = [streaming("first"), streaming("second").speaks(50)];
  const { text, speaking } = speakWith(first, second);
  text.write("One ");
  text.write("two ");
  await turn();
  text.write("three.");
  text.end();
  await turn();
  first.requests[0]?.fail(PASSING);
  await speaking.done;
  assertEquals([speaking.outcome, speaking.sounds.map(({ voice }) => voice)], ["whole", ["second"]]);
  assertEquals(second.requests[0]?.parts.join(""), "One two three.");
});

test("one that takes whole texts speaks part by part, and says nothing twice where the next takes over", async () => {
  const [first, second] = [new ScriptedVoice("first"), streaming("second").speaks(60)];
  first.onRequest = (request) => {
    if (first.requests.length > 1) return request.fail(PASSING);
    request.sound(50);
    request.end();
  };
  const { text, speaking } = speakWith(first, second);
  for (const part of ["One. ", "Two. ", "Three."]) text.write(part);
  text.end();
  await speaking.done;
  assertEquals([first.texts, second.requests[0]?.parts], [["One.", "Two."], ["Two. ", "Three."]]);
  assertEquals(speaking.sounds.map(({ voice }) => voice), ["first", "second"]);
});

test("a part is no longer than the service takes; giving up ends the request while text is awaited", async () => {
  const voice = streaming("x", { maxChars: 12 });
  const { text, life, speaking, clock } = speakWith(voice);
  text.write("One and two. Three and four.");
  await turn();
  const [request] = voice.requests;
  assertEquals(request?.parts, ["One and two. ", "Three and ", "four."]);
  life.abort();
  await speaking.done;
  assertEquals([speaking.outcome, request?.signal.aborted, clock.pending], ["canceled", true, 0]);
});

test("a text that is being written: each reader gets all of it, and what comes after its end is none of it", async () => {
  const text = new WrittenText();
  const { signal } = new AbortController();
  const first = Array.fromAsync(text.read(signal));
  text.write("a");
  text.write("");
  await turn();
  assertEquals([text.isAwaited, text.text], [true, "a"]);
  text.write("b");
  text.end();
  text.write("c");
  assertEquals([await first, await Array.fromAsync(text.read(signal)), text.isAwaited], [["a", "b"], [
    "a",
    "b",
  ], false]);
});
