/**
 * Writes how English words are said, from the CMU Pronouncing Dictionary: the word list of the embedded voice, and what
 * says words that are not in it. The same dictionary gives the same files; CONTRIBUTING.md says when to do it.
 *
 *     deno task pronunciation [--test]
 *
 * `--test` writes nothing: it learns from 39 of 40 words, and tells how many of the others it says right.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { LetterToSound } from "../lib/engine/english/letter_to_sound.ts";
import type { LetterSound } from "../lib/engine/english/sequence_table.ts";
import { align, type AlignedWord } from "./pronunciation/align.ts";
import { type Entry, readEntries } from "./pronunciation/entries.ts";
import { learn } from "./pronunciation/sequence_model.ts";
import { START, tableFile } from "./pronunciation/table_file.ts";

const DIR = fileURLToPath(new URL("../lib/models/shipped/hibari", import.meta.url));
/** What a letter stands for so rarely is a fault of the dictionary, or a word of another language. */
const RARE = 3;
/** Of the words that `--test` asks for. */
const TESTED = 40;

const { values: { test } } = parseArgs({ options: { test: { type: "boolean", default: false } } });
const entries = readEntries();
if (test) {
  const isTested = (_: Entry, index: number) => index % TESTED === 7;
  const say = new LetterToSound(letterFile(entries.filter((entry, index) => !isTested(entry, index))));
  const asked = entries.filter(isTested).filter(({ word }) => !word.includes("'"));
  const bare = (code: string) => code.replaceAll(/[12]/g, "");
  const right = asked.filter(({ word, code }) => say.say(word) === code).length;
  const rightButStress = asked.filter(({ word, code }) => bare(say.say(word)) === bare(code)).length;
  const share = (count: number) => `${(100 * count / asked.length).toFixed(1)} %`;
  console.log(`of ${asked.length} words: ${share(right)} right, ${share(rightButStress)} but for the stress`);
} else {
  await Deno.writeTextFile(
    `${DIR}/words.txt`,
    entries.map(({ word, code }) => `${word}\t${code}\n`).join(""),
  );
  await Deno.writeFile(`${DIR}/letters.bin`, letterFile(entries));
  console.log("into lib/models/model_catalog.ts:");
  for (const name of ["words.txt", "letters.bin"]) {
    const bytes = await Deno.readFile(`${DIR}/${name}`);
    console.log(`${name}: ${bytes.length} bytes, ${createHash("sha256").update(bytes).digest("hex")}`);
  }
}

/** What says words that are not in the list. */
function letterFile(entries: readonly Entry[]): Uint8Array<ArrayBuffer> {
  const aligned = withoutRare(align(entries.filter(({ word }) => /^[a-z]{2,}$/.test(word))));
  const symbols: LetterSound[] = [["", ""], ["", ""]];
  const characters = new Map<string, string>();
  const characterAt = (index: number) => String.fromCharCode(START.charCodeAt(0) + index);
  const characterOf = (letter: string, sounds: string) => {
    const key = `${letter} ${sounds}`;
    let character = characters.get(key);
    if (character === undefined) {
      character = characterAt(symbols.length);
      characters.set(key, character);
      symbols.push([letter, sounds]);
    }
    return character;
  };
  const sequences = aligned.map(({ word, sounds }) =>
    START + sounds.map((sound, at) => characterOf(word.charAt(at), sound)).join("") + characterAt(1)
  );
  return tableFile(
    learn(sequences, START),
    symbols,
    (character) => character.charCodeAt(0) - START.charCodeAt(0),
  );
}

function withoutRare(words: readonly AlignedWord[]): readonly AlignedWord[] {
  const counts = new Map<string, number>();
  const keysOf = ({ word, sounds }: AlignedWord) => sounds.map((sound, at) => `${word.charAt(at)} ${sound}`);
  for (const key of words.flatMap(keysOf)) counts.set(key, (counts.get(key) ?? 0) + 1);
  return words.filter((word) => keysOf(word).every((key) => (counts.get(key) ?? 0) > RARE));
}
