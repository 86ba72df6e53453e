import { assertAlmostEquals, assertEquals } from "@std/assert";
import { loadRuntime } from "../../lib/engine/inference/runtime.ts";
import { FRAME_SAMPLES, Silero } from "../../lib/engine/inference/silero.ts";
import { SpeechGate } from "../../lib/engine/inference/speech_gate.ts";
import { SILERO_PATH, weightsMissing } from "../support/models.ts";
import { JFK, speechClip, speechMissing } from "../support/speech.ts";
import { test } from "../support/test.ts";

const QUIET_FRAMES = 22;
const ignore = weightsMissing || speechMissing();

function frame(level: number, offset = 0): Int16Array {
  return new Int16Array(FRAME_SAMPLES).map((_, index) => offset + (index % 2 === 0 ? level : -level));
}

test("SpeechGate: after 0.7 s of quiet, whatever its offset, no frame needs the model before the first that is not quiet", () => {
  const gate = new SpeechGate();
  for (let count = 0; count < QUIET_FRAMES; count++) assertEquals(gate.opens(frame(1, 400)), true);
  for (let count = 0; count < 100; count++) assertEquals(gate.opens(frame(count % 2, -90)), false);
  assertEquals(gate.opens(frame(2)), true);
  for (let count = 0; count < QUIET_FRAMES; count++) assertEquals(gate.opens(frame(0)), true);
  assertEquals(gate.opens(frame(0)), false);
});

test(
  "Silero: the quiet between two sentences costs no model, and what is said is as probable, however it is cut",
  async () => {
    const { pcm } = speechClip(JFK);
    const said = pcm.subarray(0, 100 * FRAME_SAMPLES);
    const quiet = new Int16Array(60 * FRAME_SAMPLES).map((_, index) => index % 5 === 0 ? 1 : 0);
    const sound = Int16Array.from([...said, ...quiet, ...said]);
    const runtime = await loadRuntime("native");
    const judged: number[][] = [];
    for (const [gates, atOnce] of [[false, 32], [true, 32], [true, 1], [true, 7]] as const) {
      const silero = await Silero.load(runtime, SILERO_PATH, { gates });
      const probabilities: number[] = [];
      let gated = 0;
      for (let at = 0; at < sound.length; at += atOnce * FRAME_SAMPLES) {
        const [found] = await silero.detect([{
          streamId: 1,
          pcm: sound.slice(at, at + atOnce * FRAME_SAMPLES),
        }]);
        probabilities.push(...found?.probabilities ?? []);
        gated += found?.gated ?? 0;
      }
      await silero.release();
      // The recording is quiet itself where the quiet begins.
      const least = gates ? 60 - QUIET_FRAMES : 0;
      assertEquals(gated >= least && gated <= least + (gates ? 3 : 0), true, `${gated} frames`);
      judged.push(probabilities);
    }
    const [plain = [], first = [], ...others] = judged;
    for (const other of others) assertEquals(other, first);
    for (const [index, probability] of plain.entries()) {
      if (probability >= 0.5) assertAlmostEquals(first[index] ?? 0, probability, 0.2, `frame ${index}`);
    }
  },
  { ignore },
);
