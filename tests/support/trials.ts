import { readRecording } from "../../lib/app/mod.ts";
import { SHARED_DIR } from "./speech.ts";

/** One of the shared recordings that real clients brought, 16 kHz mono. */
export async function readWav(file: string): Promise<Int16Array> {
  return await readSoundFile(`${SHARED_DIR}/trials/wav/${file}`);
}

/** A file of sound, 16 kHz mono. */
export async function readSoundFile(path: string): Promise<Int16Array> {
  const { pcm } = await readRecording((await Deno.open(path)).readable);
  return pcm;
}
