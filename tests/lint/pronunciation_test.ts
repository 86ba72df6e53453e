import { assert, assertEquals } from "@std/assert";
import { readEntries } from "../../.ci/pronunciation/entries.ts";
import { align } from "../../.ci/pronunciation/align.ts";
import { learn } from "../../.ci/pronunciation/sequence_model.ts";
import { START, tableFile } from "../../.ci/pronunciation/table_file.ts";
import { SequenceTable } from "../../lib/engine/english/sequence_table.ts";
import { HIBARI_PATHS } from "../support/models.ts";
import { test } from "../support/test.ts";

test("the word list is what the dictionary says; `deno task pronunciation` writes it", async () => {
  const written = readEntries().map(({ word, code }) => `${word}\t${code}\n`).join("");
  assert(written === await Deno.readTextFile(HIBARI_PATHS.wordsPath), "another list would be written");
});

test("each letter gets the sounds that it stands for", () => {
  const words = {
    cat: "kA1t",
    hat: "hA1t",
    box: "ba1ks",
    ox: "a1ks",
    cab: "kA1b",
    bat: "bA1t",
    tax: "tA1ks",
  };
  const aligned = align(Object.entries(words).map(([word, code]) => ({ word, code })));
  assertEquals(aligned.find(({ word }) => word === "box")?.sounds, ["b", "a1", "ks"]);
  assertEquals(aligned.find(({ word }) => word === "cat")?.sounds, ["k", "A1", "t"]);
  // Three sounds are too many for one letter.
  assertEquals(align([{ word: "w", code: "du1b" }]), []);
});

test("what was learned and written is read again: chances that add up to 1, and fall with rarity", () => {
  // The characters of the symbols: ! begins, " ends, and #, $, % and & are letters.
  const sequences = ["#$%", "#$&", "#$%", "#%$", "$%#", "#$%&", "&%$#", "##$$"].map((word) => `!${word}"`);
  const numberOf = (character: string) => character.charCodeAt(0) - START.charCodeAt(0);
  const symbols = [["", ""], ["", ""], ["a", "A1"], ["b", "b"], ["c", "k"], ["d", ""]] as const;
  const model = learn(sequences.flatMap((one) => [one, one, one]), START);
  const table = SequenceTable.read(tableFile(model, symbols, numberOf));
  assertEquals(table.symbols, symbols);
  const chance = (...characters: string[]) => Math.exp(table.chanceOf(characters.map(numberOf)));
  const sum = [...'#$%&"'].reduce((total, next) => total + chance("!", "#", "$", next), 0);
  assert(Math.abs(sum - 1) < 0.1, `they add up to ${sum}`);
  assert(chance("!", "#", "$", "%") > chance("!", "#", "$", "#"));
  assert(chance("!", "#") > chance("!", "&"));
});
