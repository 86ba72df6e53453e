import { assert, assertEquals } from "@std/assert";
import { EarshotError } from "../../lib/errors/mod.ts";
import { type SpeechEvent, TtsRunner, Voice } from "../../lib/tts/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { ScriptedVoice } from "../support/scripted_voice.ts";
import { test } from "../support/test.ts";
import { listen, turn } from "./speaking.ts";

const PASSING = new EarshotError("tts.failed", "Cannot speak: not now");
const REFUSAL = new EarshotError("tts.config", "Cannot speak: no such voice");

/** An agent's voice over some services. */
function chainOf(...voices: readonly [ScriptedVoice, ...ScriptedVoice[]]) {
  const clock = new FakeClock();
  const life = new AbortController();
  const events: (SpeechEvent & { readonly by: string })[] = [];
  const runnerOf = (voice: ScriptedVoice) =>
    new TtsRunner(voice, {
      clock,
      firstSoundTimeoutMs: 1_000,
      stallTimeoutMs: 1_000,
      breakerFailures: 2,
      onEvent: (event) => events.push({ ...event, by: voice.name }),
    });
  const [first, ...rest] = voices;
  const voice = new Voice([runnerOf(first), ...rest.map(runnerOf)]);
  const speak = (text: string, language = "en") =>
    listen(voice.speak({ text, language }, { signal: life.signal }));
  return { clock, life, events, voice, speak };
}

const named = (events: readonly (SpeechEvent & { readonly by: string })[]) =>
  events.map(({ by, type }) => `${by} ${type}`);

test("the next voice takes over from one that fails before its first sound, and from one that is spared", async () => {
  const [first, second] = [new ScriptedVoice("first").fails(PASSING), new ScriptedVoice("second").speaks(50)];
  const { speak, events } = chainOf(first, second);
  for (let time = 0; time < 3; time++) {
    const speaking = speak("Hello.");
    await speaking.done;
    assertEquals([speaking.outcome, speaking.sounds.map(({ voice }) => voice)], ["whole", ["second"]]);
  }
  // The third time its breaker was open.
  assertEquals([first.requests.length, second.requests.length], [2, 3]);
  assertEquals(named(events).slice(0, 3), ["first retried", "second started", "second ended"]);
  const [retried] = events;
  assert(retried?.type === "retried");
  assertEquals([retried.error.code, retried.next], ["tts.failed", "second"]);
});

test("a refusal passes to the next voice too; what the last one says counts", async () => {
  const { speak, events } = chainOf(
    new ScriptedVoice("a").fails(PASSING),
    new ScriptedVoice("b").fails(REFUSAL),
  );
  const speaking = speak("Hello.");
  await speaking.done;
  assertEquals([speaking.outcome, named(events)], ["tts.config", ["a retried", "b ended"]]);
});

test("a voice that hangs is passed over at its deadline", async () => {
  const [first, second] = [new ScriptedVoice("first"), new ScriptedVoice("second").speaks(50)];
  const { speak, clock } = chainOf(first, second);
  const speaking = speak("Hello.");
  await turn();
  await clock.advance(1_100);
  await speaking.done;
  assertEquals([speaking.outcome, first.requests[0]?.signal.aborted], ["whole", true]);
});

test("nobody takes over from a voice that was heard, nor after the piece was given up", async () => {
  const [first, second] = [new ScriptedVoice("first"), new ScriptedVoice("second").speaks(50)];
  first.onRequest = (request) => {
    request.sound(50);
    request.fail(PASSING);
  };
  const { speak, life, events } = chainOf(first, second);
  const speaking = speak("Hello.");
  await speaking.done;
  assertEquals([speaking.outcome, second.requests.length], ["tts.failed", 0]);
  first.onRequest = () => {};
  const given = speak("Hello.");
  await turn();
  life.abort();
  await given.done;
  assertEquals([given.outcome, second.requests.length], ["canceled", 0]);
  const ended = events.filter(({ type }) => type === "ended").at(-1);
  assertEquals(ended?.type === "ended" && ended.error?.code, "canceled");
});

test("a piece goes to the voices of its language; without one it is tts.language", async () => {
  const english = new ScriptedVoice("english", { languages: ["en-US"] }).speaks(50);
  const chinese = new ScriptedVoice("chinese", { languages: ["zh"] }).speaks(50);
  const { speak, voice, events } = chainOf(english, chinese);
  for (
    const [language, by] of [["en", "english"], ["en-GB", "english"], ["zh-CN", "chinese"], [
      "cmn",
      "chinese",
    ]]
  ) {
    const speaking = speak("Hello 你好", language);
    await speaking.done;
    assertEquals(speaking.sounds.map(({ voice }) => voice), [by], language);
  }
  events.length = 0;
  const speaking = speak("Bonjour.", "fr");
  await speaking.done;
  assertEquals([speaking.outcome, named(events)], ["tts.language", ["english ended"]]);
  assertEquals([voice.speaks("zh-TW"), voice.speaks("fr")], [true, false]);
});

test("text without a letter or a digit asks nobody, in any language", async () => {
  const scripted = new ScriptedVoice("x", { languages: ["en"] }).speaks(50);
  const { speak, events } = chainOf(scripted);
  for (const text of ["", "…", "🙂🙂", "\u0000\ud800"]) {
    const speaking = speak(text, "fr");
    await speaking.done;
    assertEquals([speaking.outcome, speaking.sounds.length], ["whole", 0]);
  }
  assertEquals([scripted.requests.length, events.length], [0, 0]);
});

test("a voice that makes nothing of words is silent: counted, and no error", async () => {
  const { speak, events } = chainOf(new ScriptedVoice("x").speaks(0));
  const speaking = speak("Hello.");
  await speaking.done;
  assertEquals([speaking.outcome, named(events)], ["whole", ["x silent", "x ended"]]);
});

test("a piece that is longer than a request is spoken in parts, one after the other", async () => {
  const scripted = new ScriptedVoice("x", { maxChars: 12 }).speaks(50);
  const { speak, events } = chainOf(scripted);
  const speaking = speak("One and two. … … … … Three, four.");
  await speaking.done;
  assertEquals(scripted.texts, ["One and two.", "Three, four."]);
  assertEquals([speaking.sounds.length, events.filter(({ type }) => type === "ended").length], [2, 1]);
  const [ended] = events.filter(({ type }) => type === "ended");
  assertEquals(ended?.type === "ended" && ended.soundMs, 100);
});

test("the next voice goes on with the part that failed, cut as it needs it", async () => {
  const first = new ScriptedVoice("first", { maxChars: 12 });
  const second = new ScriptedVoice("second", { maxChars: 100 }).speaks(60);
  first.onRequest = (request) => {
    if (first.requests.length > 1) return request.fail(REFUSAL);
    request.sound(50);
    request.end();
  };
  const { speak } = chainOf(first, second);
  const speaking = speak("One and two. Three, four. Five and six.");
  await speaking.done;
  assertEquals([first.texts, second.texts], [["One and two.", "Three, four."], [
    "Three, four. Five and six.",
  ]]);
  assertEquals(speaking.sounds.map(({ voice }) => voice), ["first", "second"]);
});
