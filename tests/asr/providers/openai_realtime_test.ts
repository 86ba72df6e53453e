import { assertEquals, assertRejects } from "@std/assert";
import type { Utterance } from "../../../lib/asr/mod.ts";
import { RealtimeTurns } from "../../../lib/asr/providers/realtime_turns.ts";
import { pause, Rig } from "../../contract/rig.ts";
import { openaiRealtimeSubject } from "../../contract/subjects.ts";
import { type Dialect, Emulator } from "../../support/emulators/emulator.ts";
import { openaiRealtime } from "../../support/emulators/openai_realtime.ts";
import { RawTalk } from "../../support/emulators/raw_talk.ts";
import { TWO_SENTENCES } from "../../support/emulators/script.ts";
import { test } from "../../support/test.ts";
import { until } from "../../support/until.ts";

const SPOKEN = { sentences: TWO_SENTENCES };

/** The service, overheard. */
function listening(onMessage: (type: string, message: { readonly audio?: string }) => void): Dialect {
  const dialect = openaiRealtime();
  return {
    ...dialect,
    connect: (io, request) => {
      const dialogue = dialect.connect?.(io, request);
      if (dialogue === undefined) throw new Error("it has WebSockets");
      const text = dialogue.text.bind(dialogue);
      dialogue.text = (message) => {
        const { type, ...rest } = JSON.parse(message);
        onMessage(type, rest);
        text(message);
      };
      return dialogue;
    },
  };
}

test("turns that complete out of order, and twice, are given once and in the order of their commit", async () => {
  await using rig = await Rig.open(openaiRealtimeSubject("server_vad", { outOfOrder: true }), {
    script: { ...SPOKEN, everyMs: 60 },
  });
  const { text } = await (await rig.speak()).result;
  assertEquals(rig.sentences, ["Good morning.", "How are you?"]);
  assertEquals(text, "Good morning. How are you?");
});

test("turns: words of an earlier one hold the later ones back, and what is known of all of them is a partial", () => {
  const turns = new RealtimeTurns();
  assertEquals([turns.any, turns.settled], [false, true]);
  turns.commit("a");
  turns.commit("b");
  turns.grow("b", "you");
  turns.grow("a", "go");
  turns.grow("a", "od");
  assertEquals([turns.soFar, turns.settled], ["good you", false]);
  assertEquals(turns.complete("b", "You?"), []);
  assertEquals(turns.soFar, "good You?");
  assertEquals(turns.complete("a", "Good."), ["Good.", "You?"]);
  assertEquals([turns.soFar, turns.settled, turns.any], ["", true, true]);
  assertEquals(turns.complete("a", "Good."), []);
  turns.grow("a", "late");
  turns.commit("a");
  assertEquals(turns.settled, true);
  // Some servers commit without saying so.
  assertEquals(turns.complete("c", "Yes."), ["Yes."]);
});

test("sendLanguage: false leaves it to the service to find the language out", async () => {
  await using rig = await Rig.open(openaiRealtimeSubject("none", { findsLanguage: true }), {
    script: SPOKEN,
  });
  assertEquals((await (await rig.speak()).result).text, "Good morning. How are you?");
});

test("a turn that fails fails the utterance, by what the service says", async () => {
  for (
    const [failing, code] of [
      [{ type: "server_error", message: "m" }, "asr.failed"],
      [{ code: "audio_unintelligible", message: "m" }, "asr.bad_input"],
      [{ type: "rate_limit_error", message: "m" }, "asr.throttled"],
    ] as const
  ) {
    await using rig = await Rig.open(openaiRealtimeSubject("none", { failing }), { script: SPOKEN });
    assertEquals(await rig.failure(await rig.speak()), code);
  }
});

for (const turnDetection of ["server_vad", "none"] as const) {
  test(`less than 100 ms is committed to nobody, and empty: ${turnDetection}`, async () => {
    await using rig = await Rig.open(openaiRealtimeSubject(turnDetection), {
      script: { ...SPOKEN, everyMs: 70 },
    });
    const utterance = rig.start();
    rig.hear(utterance, 1);
    await pause(20);
    utterance.finish();
    assertEquals((await utterance.result).text, "");
  });
}

test("silence in which server_vad hears nobody is not paid for, unless somebody else has heard speech", async () => {
  for (const [options, expected] of [[{ onEndpoint() {} }, 0], [{}, 1]] as const) {
    const sent: string[] = [];
    const subject = { ...openaiRealtimeSubject("server_vad"), dialect: listening((type) => sent.push(type)) };
    await using rig = await Rig.open(subject);
    const utterance = rig.start(rig.cursor, options);
    rig.hear(utterance, 12);
    await pause(60);
    utterance.finish();
    assertEquals((await utterance.result).text, "");
    assertEquals(sent.filter((type) => type === "input_audio_buffer.commit").length, expected);
  }
});

const ONE_SENTENCE = { sentences: TWO_SENTENCES.slice(0, 1), everyMs: 60 };
const LOUD = 8_000;

/** The service ends the utterance after its first sentence, and by then `after` was heard. */
async function endpointed(rig: Rig, after: (utterance: Utterance) => void): Promise<string> {
  const ended = Promise.withResolvers<void>();
  const utterance = rig.start(rig.cursor, { onEndpoint: ended.resolve });
  rig.hear(utterance, 12);
  await ended.promise;
  after(utterance);
  await pause(40);
  utterance.finish();
  return (await utterance.result).text;
}

for (const announced of [true, false]) {
  test(`words that begin just before the end are committed, and heard: ${announced ? "said" : "not said"} by server_vad`, async () => {
    const manner = { late: { text: "How are you?", announced } };
    await using rig = await Rig.open(openaiRealtimeSubject("server_vad", manner), { script: ONE_SENTENCE });
    const text = await endpointed(rig, (utterance) => rig.hear(utterance, 5, LOUD));
    assertEquals(text, "Good morning. How are you?");
  });
}

test("words that begin before server_vad has heard anybody at all are committed, and heard", async () => {
  const manner = { late: { text: "How are you?", announced: false } };
  await using rig = await Rig.open(openaiRealtimeSubject("server_vad", manner));
  const utterance = rig.start(rig.cursor, { onEndpoint() {} });
  rig.hear(utterance, 5, LOUD);
  await pause(40);
  utterance.finish();
  assertEquals((await utterance.result).text, "How are you?");
});

test("silence after the words, and noise that server_vad has long known, are not paid for", async () => {
  for (
    const [before, after] of [
      [0, (rig: Rig, utterance: Utterance) => rig.hear(utterance, 5)],
      [60, (rig: Rig, utterance: Utterance) => rig.hear(utterance, 5, LOUD)],
    ] as const
  ) {
    const sent: string[] = [];
    const subject = { ...openaiRealtimeSubject("server_vad"), dialect: listening((type) => sent.push(type)) };
    await using rig = await Rig.open(subject, { script: before === 0 ? ONE_SENTENCE : {} });
    const utterance = rig.start(rig.cursor, { onEndpoint() {} });
    rig.hear(utterance, before === 0 ? 12 : before, before === 0 ? 100 : LOUD);
    await pause(60);
    after(rig, utterance);
    await pause(20);
    utterance.finish();
    await utterance.result;
    assertEquals(sent.filter((type) => type === "input_audio_buffer.commit").length, 0);
  }
});

test("the sound arrives whole, at 24 kHz", async () => {
  let heardMs = 0;
  const dialect = listening((_type, { audio = "" }) => heardMs += Uint8Array.fromBase64(audio).length / 48);
  await using rig = await Rig.open({ ...openaiRealtimeSubject("none"), dialect }, { script: SPOKEN });
  await (await rig.speak(20)).result;
  assertEquals(Math.round(heardMs), 1_200);
});

test("the emulator is strict: a commit under 100 ms, sound before the settings, another rate", async () => {
  const settings = (rate: number) => ({
    type: "session.update",
    session: {
      type: "transcription",
      audio: {
        input: {
          format: { type: "audio/pcm", rate },
          transcription: { model: "m", language: "en" },
          turn_detection: null,
        },
      },
    },
  });
  const append = { type: "input_audio_buffer.append", audio: new Uint8Array(2_400).toBase64() };
  const commit = { type: "input_audio_buffer.commit" };
  for (
    const [messages, violation] of [
      [[settings(24_000), append, commit], "a commit of less than 100 ms"],
      [[append], "append before the session was set up"],
      [[settings(16_000)], "the settings"],
    ] as const
  ) {
    const emulator = await Emulator.start(openaiRealtime(), { script: SPOKEN });
    {
      using talk = await RawTalk.open(`${emulator.origin}/v1/realtime?intent=transcription`, {
        authorization: "Bearer openai-key",
      });
      for (const message of messages) talk.send(message);
      await until(() => emulator.violations.length > 0);
    }
    await assertRejects(() => emulator[Symbol.asyncDispose](), Error, violation);
  }
});
