import { readStreamedSound } from "../../audio/mod.ts";
import { EarshotError } from "../../errors/mod.ts";

/** What 30 s of any usual format are at most, in bytes. */
const MAX_BYTES = 32 * 2 ** 20;
/** What the server takes. */
const MAX_SOUND_S = 30;
const MIN_RATE_HZ = 16_000;

/**
 * Reads a recording whose voice is to be taken; `key` is the config key that names it, for the error.
 *
 * @throws {EarshotError} `config.invalid` for a file that cannot be read, or that the server would not take
 */
export async function readPromptWav(key: string, path: string): Promise<Blob> {
  const invalid = (what: string, cause?: unknown) =>
    new EarshotError("config.invalid", `Cannot use ${key}: ${what}`, { cause });
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    const { size } = await Deno.stat(path);
    if (size > MAX_BYTES) throw invalid(`${path} is larger than 32 MiB`);
    bytes = await Deno.readFile(path);
  } catch (thrown) {
    if (thrown instanceof EarshotError) throw thrown;
    throw invalid(`no readable file at ${path}`, thrown);
  }
  if (new TextDecoder().decode(bytes.subarray(0, 4)) !== "RIFF") throw invalid(`${path} is no WAV file`);
  let seconds = 0;
  try {
    for await (const { pcm, sampleRateHz } of readStreamedSound(ReadableStream.from([bytes]))) {
      seconds += pcm.length / sampleRateHz;
      if (sampleRateHz < MIN_RATE_HZ) {
        throw invalid(`${path} has ${sampleRateHz} Hz; 16000 or more are needed`);
      }
    }
  } catch (thrown) {
    const error = EarshotError.from(thrown, "config.invalid");
    throw error.code === "config.invalid" ? error : invalid(`${path}: ${error.message}`, error);
  }
  if (seconds === 0) throw invalid(`${path} has no sound`);
  if (seconds > MAX_SOUND_S) throw invalid(`${path} has ${Math.round(seconds)} s; at most 30 s are taken`);
  return new Blob([bytes], { type: "audio/wav" });
}
