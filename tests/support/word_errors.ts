import { SHARED_DIR } from "./speech.ts";

/** What `wer.py` counted. */
export interface WordErrors {
  /** Words that are wrong, missing or too many. */
  readonly wrong: number;
  /** Words that were said. */
  readonly words: number;
  /** Clips that something was heard of, even if it was nothing. */
  readonly answered: number;
}

/** Counts by the one tool of this project that does: `heard` has a line of `{"file","text"}` for every clip. */
export async function countWordErrors(manifestPath: string, heard: string): Promise<WordErrors> {
  const path = await Deno.makeTempFile({ suffix: ".jsonl" });
  try {
    await Deno.writeTextFile(path, heard);
    const { stdout } = await new Deno.Command("python3", {
      args: [`${SHARED_DIR}/tools/wer.py`, manifestPath, path],
      stderr: "null",
    }).output();
    const said = new TextDecoder().decode(stdout);
    const counts = /\((\d+)\/(\d+)\) over \d+ utterances, (\d+) answered/.exec(said);
    if (counts === null) throw new Error("Cannot count wrong words: wer.py said something else");
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
