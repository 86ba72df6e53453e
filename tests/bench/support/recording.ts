import { writeWav } from "../../../lib/audio/mod.ts";
import { syllables } from "../../../lib/device/load/mod.ts";

/** Nearly as long as an utterance may be: devices stream, and turns are few. */
const SECONDS = 55;

/** A WAV of one long utterance in a file that is there while `use` runs. */
export async function withLongUtterance(use: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".wav" });
  try {
    const part = syllables();
    const pcm = Int16Array.from({ length: SECONDS * 16_000 }, (_, at) => part[at % part.length] ?? 0);
    await Deno.writeFile(path, writeWav(pcm, 16_000));
    await use(path);
  } finally {
    await Deno.remove(path);
  }
}
