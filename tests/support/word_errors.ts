import { SHARED_DIR } from "./speech.ts";

/** How many words are wrong, missing or too many, by the one tool of this project that counts them. */
export async function wordErrors(expected: string, heard: string): Promise<number> {
  const dir = await Deno.makeTempDir();
  try {
    const reference = [{ file: "a.wav", language: "en", transcript: expected, seconds: 1 }];
    await Deno.writeTextFile(`${dir}/manifest.json`, JSON.stringify(reference));
    await Deno.writeTextFile(`${dir}/heard.jsonl`, JSON.stringify({ file: "a.wav", text: heard }));
    const { stdout } = await new Deno.Command("python3", {
      args: [`${SHARED_DIR}/tools/wer.py`, `${dir}/manifest.json`, `${dir}/heard.jsonl`],
      stderr: "null",
    }).output();
    const [, wrong] = /\((\d+)\/\d+\)/.exec(new TextDecoder().decode(stdout)) ?? [];
    if (wrong === undefined) throw new Error("Cannot count wrong words: wer.py said something else");
    return Number(wrong);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}
