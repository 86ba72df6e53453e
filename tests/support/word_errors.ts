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

/** The tools that the project's numbers are counted with, by language. */
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

/** How many English words of one sentence are wrong, missing or too many. */
export function wordErrors(expected: string, heard: string): number {
  const [said, found] = [wordsOf(expected), wordsOf(heard)];
  // One row of the table of edit distances at a time.
  let row = Array.from({ length: found.length + 1 }, (_, index) => index);
  for (const [index, word] of said.entries()) {
    const next = [index + 1];
    for (const [at, other] of found.entries()) {
      const changed = (row[at] ?? 0) + (word === other ? 0 : 1);
      next.push(Math.min((row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1, changed));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().replaceAll(/\bmr\b\.?/g, "mister").match(/[a-z']+/g) ?? [];
}
