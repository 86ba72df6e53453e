import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import type { VadRequest } from "../../lib/engine/contract.ts";
import { FRAME_SAMPLES, MAX_STREAMS, Silero } from "../../lib/engine/inference/silero.ts";
import { loadRuntime } from "../../lib/engine/inference/runtime.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { CountingRuntime } from "../support/counting_runtime.ts";
import { SILERO_PATH, weightsMissing } from "../support/models.ts";
import { noise } from "../support/noise.ts";
import { JFK, speechClip, speechMissing } from "../support/speech.ts";
import { test } from "../support/test.ts";

const ignore = weightsMissing || speechMissing();

/** Runs `body` with a detector, and asserts that it leaves no tensor and no session behind. */
async function withSilero(body: (silero: Silero, runtime: CountingRuntime) => Promise<void>): Promise<void> {
  const runtime = new CountingRuntime(await loadRuntime("native"));
  const silero = await Silero.load(runtime, SILERO_PATH);
  await body(silero, runtime);
  await silero.release();
  assertEquals([runtime.liveTensors, runtime.liveSessions, silero.streams], [0, 0, 0]);
}

async function detectOne(silero: Silero, request: VadRequest): Promise<number[]> {
  const [response] = await silero.detect([request]);
  assertEquals(response?.streamId, request.streamId);
  return [...response?.probabilities ?? []];
}

function frames(pcm: Int16Array, from: number, count: number): Int16Array {
  return pcm.slice(from * FRAME_SAMPLES, (from + count) * FRAME_SAMPLES);
}

function assertClose(actual: Iterable<number>, expected: readonly number[]): void {
  const values = [...actual];
  assertEquals(values.length, expected.length);
  values.forEach((value, index) => assertAlmostEquals(value, expected[index] ?? NaN, 1e-5, `frame ${index}`));
}

test("silero tells speech from silence and noise", () =>
  withSilero(async (silero) => {
    const speech = await detectOne(silero, { streamId: 1, pcm: frames(speechClip(JFK).pcm, 15, 30) });
    assert(speech.filter((probability) => probability > 0.8).length >= 25, `${speech}`);
    for (const amplitude of [0, 10, 300, 3_000]) {
      const pcm = noise(60 * FRAME_SAMPLES, amplitude);
      const probabilities = await detectOne(silero, { streamId: 100 + amplitude, pcm });
      assert(probabilities.every((probability) => probability < 0.2), `${probabilities}`);
    }
  }), { ignore });

test(
  "what a stream hears depends neither on its neighbors nor on how it is cut",
  () =>
    withSilero(async (silero) => {
      const { pcm } = speechClip(JFK);
      const lengths = [40, 1, 0, 17];
      const alone: number[][] = [];
      for (const [index, length] of lengths.entries()) {
        alone.push(await detectOne(silero, { streamId: index, pcm: frames(pcm, 20 * index, length) }));
      }
      const together = await silero.detect(
        lengths.map((length, index) => ({ streamId: 10 + index, pcm: frames(pcm, 20 * index, length) })),
      );
      assertEquals(together.map(({ streamId }) => streamId), [10, 11, 12, 13]);
      together.forEach(({ probabilities }, index) => assertClose(probabilities, alone[index] ?? []));

      const pieces: number[] = [];
      for (const [from, count] of [[0, 1], [1, 7], [8, 32]] as const) {
        pieces.push(...await detectOne(silero, { streamId: 20, pcm: frames(pcm, from, count) }));
      }
      assertClose(pieces, alone[0] ?? []);
    }),
  { ignore },
);

test("a closed stream begins anew", () =>
  withSilero(async (silero) => {
    const pcm = frames(speechClip(JFK).pcm, 20, 5);
    const first = await detectOne(silero, { streamId: 1, pcm });
    const second = await detectOne(silero, { streamId: 1, pcm });
    assert(Math.abs((second[0] ?? 0) - (first[0] ?? 0)) > 1e-3);
    assertEquals(silero.streams, 1);
    silero.closeStream(1);
    silero.closeStream(99);
    assertEquals(silero.streams, 0);
    assertClose(await detectOne(silero, { streamId: 1, pcm }), first);
  }), { ignore });

test(
  "past the bound the stream used longest ago loses its state",
  () =>
    withSilero(async (silero) => {
      const nothing = new Int16Array(0);
      await silero.detect(Array.from({ length: MAX_STREAMS }, (_, streamId) => ({ streamId, pcm: nothing })));
      const pcm = frames(speechClip(JFK).pcm, 20, 3);
      const first = await detectOne(silero, { streamId: 0, pcm });
      assertEquals(silero.streams, MAX_STREAMS);
      await silero.detect([{ streamId: MAX_STREAMS, pcm: nothing }]);
      assertEquals(silero.streams, MAX_STREAMS);
      const next = await detectOne(silero, { streamId: 0, pcm });
      assert(
        Math.abs((next[0] ?? 0) - (first[0] ?? 0)) > 1e-3,
        "stream 0 was used again, so it is remembered",
      );
    }),
  { ignore },
);

test(
  "part of a frame and a stream that is there twice are refused, and change nothing",
  () =>
    withSilero(async (silero) => {
      const pcm = new Int16Array(FRAME_SAMPLES);
      const refused = [
        [{ streamId: 1, pcm: new Int16Array(FRAME_SAMPLES - 1) }],
        [{ streamId: 1, pcm }, { streamId: 2, pcm }, { streamId: 1, pcm }],
      ];
      for (const batch of refused) {
        const error = await assertRejects(() => silero.detect(batch), EarshotError);
        assertEquals(error.code, "engine.job_failed");
      }
      assertEquals(silero.streams, 0);
      assertEquals(await silero.detect([]), []);
    }),
  { ignore },
);

test("after a failed run its streams begin anew", () =>
  withSilero(async (silero, runtime) => {
    const pcm = frames(speechClip(JFK).pcm, 20, 3);
    const first = await detectOne(silero, { streamId: 1, pcm });
    runtime.broken = true;
    const error = await assertRejects(() => silero.detect([{ streamId: 1, pcm }]), EarshotError);
    runtime.broken = false;
    assertEquals([error.code, silero.streams], ["engine.job_failed", 0]);
    assertClose(await detectOne(silero, { streamId: 1, pcm }), first);
  }), { ignore });

test("weights that are not there are an error of the job", async () => {
  const runtime = await loadRuntime("native");
  const error = await assertRejects(() => Silero.load(runtime, "./absent.onnx"), EarshotError);
  assertEquals(error.code, "engine.job_failed");
});
