import { readRecording } from "../app/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import { about, Input } from "./input.ts";
import type { Output } from "./output.ts";

/**
 * Reads what a device is to say from a file that was named on the command line. Nobody answers a silence that has no
 * length.
 *
 * @throws {EarshotError} `cli.unreadable` or `audio.invalid_wav`, naming the file
 */
export async function readSpeech(
  file: string,
  { output, signal }: { readonly output: Output; readonly signal: AbortSignal },
): Promise<Int16Array> {
  const input = new Input(file, signal);
  const { path, label } = input;
  const remark = (text: string) => output.say(`${label}: ${text}`);
  try {
    const { pcm } = await readRecording(input, { ...(path !== undefined && { file: path }), remark });
    if (pcm.length > 0) return pcm;
    throw new EarshotError("audio.invalid_wav", "Cannot say the sound: it has no samples");
  } catch (thrown) {
    const error = EarshotError.from(thrown);
    throw error.code === "audio.invalid_wav" ? about(label, error) : error;
  }
}
