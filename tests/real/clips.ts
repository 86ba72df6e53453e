import { SHARED_DIR, type SpeechClip, speechClipsIn } from "../support/speech.ts";
import { countWordErrors } from "../support/word_errors.ts";
import { Unavailable } from "./run.ts";

/** Human speech of one language, with transcripts. */
export interface Speech {
  readonly language: "zh" | "en";
  readonly dir: string;
  readonly clips: readonly SpeechClip[];
}

/** What was heard in a clip. */
export interface Heard {
  readonly file: string;
  readonly text: string;
}

/** Five speakers, no long pause, and no word that can be written in two ways. */
const FEW = ["sb_spk1_snt1.wav", "ps_austen_0870.wav", "ps_goforward.wav", "libri_1995.wav", "ds_arctic.wav"];

/** Chinese: three clips. Throws {@linkcode Unavailable} where the speech is not there. */
export function chineseSpeech(): Speech {
  return speechOf("zh", `${SHARED_DIR}/speech-zh`);
}

/** English: five clips, or all. Throws {@linkcode Unavailable} where the speech is not there. */
export function englishSpeech(all: boolean): Speech {
  const speech = speechOf("en", `${SHARED_DIR}/speech`);
  return all ? speech : { ...speech, clips: speech.clips.filter(({ file }) => FEW.includes(file)) };
}

function speechOf(language: Speech["language"], dir: string): Speech {
  try {
    return { language, dir, clips: speechClipsIn(dir) };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Unavailable(`there is no speech at ${dir}`);
  }
}

/** The paths of the clips. */
export function pathsOf({ dir, clips }: Speech): string[] {
  return clips.map(({ file }) => `${dir}/${file}`);
}

/** How many words of an English text that a voice spoke were heard wrong, and of how many, by the tool for recordings. Throws {@linkcode Unavailable} where that is not there. */
export async function countSpoken(
  text: string,
  heard: string,
): Promise<{ readonly wrong: number; readonly of: number }> {
  const file = "spoken";
  try {
    await Deno.stat(`${SHARED_DIR}/tools/wer.py`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Unavailable(`there is no tool that counts at ${SHARED_DIR}/tools`);
  }
  return await countRows(
    [{ file, transcript: text, language: "en", seconds: 1 }],
    [{ file, text: heard }],
    "en",
  );
}

/** How many characters (Chinese) or words (English) are wrong, and of how many; silence where nothing was heard. */
export async function countWrong(
  { language, clips }: Speech,
  heard: readonly Heard[],
): Promise<{ readonly wrong: number; readonly of: number }> {
  const rows = clips.map(({ file, transcript }) => ({ file, transcript, language, seconds: 1 }));
  return await countRows(rows, heard, language);
}

async function countRows(
  rows: readonly unknown[],
  heard: readonly Heard[],
  language: Speech["language"],
): Promise<{ readonly wrong: number; readonly of: number }> {
  const manifest = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(manifest, JSON.stringify(rows));
    const lines = heard.map(({ file, text }) => JSON.stringify({ file, text })).join("\n");
    const { wrong, words } = await countWordErrors(manifest, lines, language);
    return { wrong, of: words };
  } finally {
    await Deno.remove(manifest);
  }
}
