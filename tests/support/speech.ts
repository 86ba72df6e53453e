import { fileURLToPath } from "node:url";
import { anyMissing } from "./models.ts";

/** What the machines that build Earshot share; it lies beside the project. */
export const SHARED_DIR = fileURLToPath(new URL("../../../shared", import.meta.url));
/** Human speech with transcripts. */
const SPEECH_DIR = Deno.env.get("EARSHOT_TEST_SPEECH") ?? `${SHARED_DIR}/speech`;
/** All of its clips have the plain header, 16 kHz mono, 16 bit. */
const WAV_HEADER_BYTES = 44;

/** One spoken clip, 16 kHz mono. */
export interface SpeechClip {
  readonly file: string;
  /** What is said: lower case, no punctuation. */
  readonly transcript: string;
  readonly pcm: Int16Array;
}

/** For a test's `ignore`: whether the clips are absent, which it says once. */
export function speechMissing(): boolean {
  return anyMissing(`${SPEECH_DIR}/manifest.json`);
}

/** The path of a clip. */
export function speechPath(file: string): string {
  return `${SPEECH_DIR}/${file}`;
}

/** One clip by its file name. */
export function speechClip(file: string): SpeechClip {
  const clip = speechClips().find((clip) => clip.file === file);
  if (clip === undefined) throw new Error(`Cannot read the clip ${file}: it is not in the manifest`);
  return clip;
}

/** All clips, in the order of the manifest. */
export function speechClips(): SpeechClip[] {
  return speechClipsIn(SPEECH_DIR);
}

/** All clips of a folder, in the order of its manifest. */
export function speechClipsIn(dir: string): SpeechClip[] {
  const manifest: { file: string; transcript: string }[] = JSON.parse(
    Deno.readTextFileSync(`${dir}/manifest.json`),
  );
  return manifest.map(({ file, transcript }) => ({ file, transcript, pcm: readPcm(`${dir}/${file}`) }));
}

function readPcm(path: string): Int16Array {
  const bytes = Deno.readFileSync(path);
  return new Int16Array(bytes.buffer.slice(WAV_HEADER_BYTES, bytes.length - (bytes.length % 2)));
}
