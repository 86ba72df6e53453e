/**
 * What a new provider costs: lines and files of the examples of `docs/adding-a-provider.md`, as a table.
 *
 *     deno task provider-size
 *
 * @module
 */
import { table } from "./docs/table.ts";

/** In `providers/mod.ts`, and where the subjects are: its import and its line. */
const LINES_OF_A_LIST = 2;
const LISTS = 2;

const ROOT = new URL("../tests/", import.meta.url);
const EXAMPLES: Readonly<Record<string, string>> = {
  asr: "a recognizer",
  llm: "a language model",
  tts: "a voice",
};

/** How many lines one example has, by what they are for, and how many files are new or changed. */
interface Size {
  readonly provider: number;
  readonly emulator: number;
  readonly subject: number;
  readonly lists: number;
  readonly files: string;
}

/** The size of the example of a stage, such as `tts`. */
export function sizeOfExample(stage: string): Size {
  const read = (file: string) => Deno.readTextFileSync(new URL(`${stage}/${file}`, ROOT));
  const [subject = ""] = /^const subject: [^]*?^};\n/m.exec(read("define_provider_test.ts")) ?? [];
  if (subject === "") throw new Error(`Cannot measure ${stage}: its example has no subject`);
  return {
    provider: linesOf(read("example_provider.ts")),
    emulator: linesOf(read("example_emulator.ts")),
    subject: linesOf(subject),
    lists: LINES_OF_A_LIST * LISTS,
    files: `3 new, ${LISTS} changed`,
  };
}

function linesOf(text: string): number {
  return text.trimEnd().split("\n").length;
}

if (import.meta.main) {
  const columns = ["Example", "Provider", "Emulator", "Subject", "Lists", "Lines in all", "Files"];
  const rows = Object.entries(EXAMPLES).map(([stage, what]) => {
    const { files, ...lines } = sizeOfExample(stage);
    const numbers = Object.values(lines);
    const all = numbers.reduce((sum, count) => sum + count, 0);
    return [what, ...[...numbers, all].map(String), files];
  });
  // deno-lint-ignore no-console -- the table is what it is for
  console.log(table(columns, rows));
}
