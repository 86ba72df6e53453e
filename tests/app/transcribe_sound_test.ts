import { assert, assertEquals, assertLess } from "@std/assert";
import { readRecording, transcribeSound } from "../../lib/app/mod.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { FakeEngine } from "../support/fake_engine.ts";
import { noise } from "../support/noise.ts";
import { waveFile } from "../support/sound_files.ts";
import { test } from "../support/test.ts";

const HZ = 16_000;
const NEVER = new AbortController().signal;

/** A WAV whose header does not say how long it is, with the same minute of sound again and again. */
async function* minutes(count: number, onMinute?: (read: number) => void): AsyncGenerator<Uint8Array> {
  const minute = waveFile({
    channels: [Array.from(noise(60 * HZ, 8_000), (value) => value / 32_768)],
    dataBytes: 0xffff_ffff,
  });
  yield minute.subarray(0, 44);
  for (let read = 0; read < count; read++) {
    onMinute?.(read);
    for (let at = 44; at < minute.length; at += 65_536) yield minute.slice(at, at + 65_536);
  }
}

test("a long file is heard with no more memory than a short one, and no further ahead than a segment", async () => {
  const engine = new FakeEngine();
  const heldBytes = () => {
    engine.segments.length = 0; // it keeps what it was given
    const { heapUsed, external } = Deno.memoryUsage();
    return heapUsed + external;
  };
  // What waits for the garbage collector is in this as well, so that only a rise of the peak says something.
  let [early, late, readMinutes, heardSeconds] = [0, 0, 0, 0];
  const source = minutes(60, (read) => {
    readMinutes = read;
    if (read < 20) early = Math.max(early, heldBytes());
    else late = Math.max(late, heldBytes());
  });
  for await (const { endMs } of transcribeSound(engine, source, { signal: NEVER })) {
    heardSeconds = endMs / 1_000;
    assert(readMinutes * 60 <= heardSeconds + 20, `${readMinutes} min were read, ${heardSeconds} s heard`);
  }
  assertEquals(heardSeconds, 60 * 60);
  // The 40 minutes between them are 77 MB.
  assertLess(late - early, 30e6);
});

test("a recording that is held as a whole has an end", async () => {
  let thrown: unknown;
  try {
    await readRecording(minutes(10_000));
  } catch (error) {
    thrown = error;
  }
  assert(thrown instanceof EarshotError && thrown.code === "audio.invalid_wav", `${thrown}`);
});
