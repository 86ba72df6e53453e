import { SHARED_DIR } from "./speech.ts";

/** What `wer.py` counted, or `cer.py` with characters instead of words. */
export interface WordErrors {
  /** Words that are wrong, missing or too many. */
  readonly wrong: number;
  /** Words that were said. */
  readonly words: number;
  /** Clips that something was heard of, even if it was nothing. */
  readonly answered: number;
}

/** The one tool of this project that counts in a language. */
const TOOLS = { en: "wer.py", zh: "cer.py" };

/** Counts by that tool: `heard` has a line of `{"file","text"}` for every clip. */
export async function countWordErrors(
  manifestPath: string,
  heard: string,
  language: keyof typeof TOOLS = "en",
): Promise<WordErrors> {
  const path = await Deno.makeTempFile({ suffix: ".jsonl" });
  try {
    await Deno.writeTextFile(path, heard);
    const { stdout } = await new Deno.Command("python3", {
      args: [`${SHARED_DIR}/tools/${TOOLS[language]}`, manifestPath, path],
      stderr: "null",
    }).output();
    const said = new TextDecoder().decode(stdout);
    const counts = /\((\d+)\/(\d+)\) over \d+ utterances, (\d+) answered/.exec(said);
    if (counts === null) {
      throw new Error(`Cannot count what is wrong: ${TOOLS[language]} said something else`);
    }
    const [wrong = NaN, words = NaN, answered = NaN] = counts.slice(1).map(Number);
    return { wrong, words, answered };
  } finally {
    await Deno.remove(path);
  }
}

/** How many words of one sentence are wrong, missing or too many. */
export async function wordErrors(expected: string, heard: string): Promise<number> {
  const manifest = await Deno.makeTempFile({ suffix: ".json" });
  try {
    const reference = [{ file: "a.wav", language: "en", transcript: expected, seconds: 1 }];
    await Deno.writeTextFile(manifest, JSON.stringify(reference));
    return (await countWordErrors(manifest, JSON.stringify({ file: "a.wav", text: heard }))).wrong;
  } finally {
    await Deno.remove(manifest);
  }
}
