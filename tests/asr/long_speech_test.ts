import { assert, assertGreater, assertLessOrEqual } from "@std/assert";
import { joinTexts, transcribe } from "../../lib/asr/mod.ts";
import { moonshineOver } from "../contract/engine_subjects.ts";
import { runAlone } from "../support/open_recognizer.ts";
import { AudioBuffer } from "../../lib/audio/mod.ts";
import { EngineClient } from "../../lib/engine/mod.ts";
import { systemClock } from "../../lib/lifecycle/mod.ts";
import { chunksOf } from "../support/chunks.ts";
import { MOONSHINE_PATHS, weightsMissing } from "../support/models.ts";
import { type SpeechClip, speechClips, speechMissing } from "../support/speech.ts";
import { test } from "../support/test.ts";
import { wordErrors } from "../support/word_errors.ts";

const HZ = 16_000;
const NEVER = new AbortController().signal;

/** Clips one after the other, with pauses of 0.4 to 0.8 s between them, until `seconds` are full. */
function join(clips: readonly SpeechClip[], seconds: number): { pcm: Int16Array; clips: SpeechClip[] } {
  const pcm = new Int16Array(seconds * HZ);
  const used: SpeechClip[] = [];
  let end = 0;
  for (const clip of [...clips, ...clips, ...clips, ...clips]) {
    if (end + clip.pcm.length > pcm.length) continue;
    pcm.set(clip.pcm, end);
    end += clip.pcm.length + (0.4 + 0.1 * (used.length % 5)) * HZ;
    used.push(clip);
  }
  return { pcm: pcm.slice(0, end), clips: used };
}

/** Recognizes as a session does, with the words found while the sound still comes. */
async function recognizeLive(engine: EngineClient, pcm: Int16Array): Promise<string> {
  const { recognizer } = runAlone(moonshineOver(engine), {
    clock: systemClock,
    openTimeoutMs: 5_000,
    finalTimeoutMs: 60_000,
  });
  const sound = new AudioBuffer();
  const utterance = recognizer.start({ language: "en", cursor: sound.cursor("recognition") }, NEVER);
  for (const chunk of chunksOf(pcm)) {
    sound.push(chunk);
    utterance.pump();
  }
  utterance.finish();
  return (await utterance.result).text;
}

async function transcribeWhole(
  engine: EngineClient,
  pcm: Int16Array,
): Promise<{ readonly text: string; readonly inferenceMs: number }> {
  const segments = await Array.fromAsync(transcribe(engine, [pcm], NEVER));
  return {
    text: joinTexts(segments.map(({ text }) => text)),
    inferenceMs: segments.reduce((sum, { inferenceMs }) => sum + inferenceMs, 0),
  };
}

test("long speech loses and repeats no more words than its parts", async (t) => {
  await using engine = new EngineClient({ models: { moonshine: MOONSHINE_PATHS } });
  await engine.warm();
  const clips = speechClips();
  const errors = new Map<string, number>();
  for (const { file, pcm, transcript } of clips) {
    errors.set(file, wordErrors(transcript, (await transcribeWhole(engine, pcm)).text));
  }
  for (const seconds of [44, 60]) {
    await t.step(`${seconds} s`, async () => {
      const joined = join(seconds === 44 ? clips : clips.toReversed(), seconds);
      assertGreater(joined.pcm.length, 0.9 * seconds * HZ);
      const expected = joined.clips.map(({ transcript }) => transcript).join(" ");
      const apart = joined.clips.reduce((sum, { file }) => sum + (errors.get(file) ?? 0), 0);
      const whole = await transcribeWhole(engine, joined.pcm);
      assertLessOrEqual(wordErrors(expected, whole.text), apart + 2, whole.text);
      assert(whole.inferenceMs > 0);
      const live = await recognizeLive(engine, joined.pcm);
      assertLessOrEqual(wordErrors(expected, live), apart + 2, live);
    });
  }
}, { ignore: weightsMissing || speechMissing() });
