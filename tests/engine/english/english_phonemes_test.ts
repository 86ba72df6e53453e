import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { codeOfArpabet, symbolsOfCode } from "../../../lib/engine/english/arpabet.ts";
import { EnglishPhonemes } from "../../../lib/engine/english/english_phonemes.ts";
import { LetterToSound } from "../../../lib/engine/english/letter_to_sound.ts";
import { SequenceTable } from "../../../lib/engine/english/sequence_table.ts";
import { WordList } from "../../../lib/engine/english/word_list.ts";
import { withEd, withS, wordSounds } from "../../../lib/engine/english/word_sounds.ts";
import { numbersOfSymbols } from "../../../lib/engine/inference/hibari_symbols.ts";
import fc from "../../support/fast_check.ts";
import { HIBARI_PATHS } from "../../support/models.ts";
import { test } from "../../support/test.ts";

const words = Deno.readFileSync(HIBARI_PATHS.wordsPath);
const letters = Deno.readFileSync(HIBARI_PATHS.lettersPath);
const phonemes = new EnglishPhonemes({ words, letters });
const say = (text: string) => phonemes.of(text).join(" ");

test("a code is ARPABET with a letter each, and the voice's symbols have the stress before the vowel", () => {
  assertEquals(codeOfArpabet("HH AH0 L OW1"), "hulO1");
  assertEquals(symbolsOfCode("hulO1"), "həlˈO");
  assertEquals(symbolsOfCode(codeOfArpabet("B ER1 TH D EY2")), "bˈɜɹθdˌA");
  for (const wrong of ["", "HH0X", "QQ1", "hh"]) assertThrows(() => codeOfArpabet(wrong), RangeError);
});

test("every word of the list is found, and nothing else", () => {
  const list = new WordList(words);
  const lines = new TextDecoder().decode(words).trimEnd().split("\n");
  for (let at = 0; at < lines.length; at += 97) {
    const [word = "", code] = (lines[at] ?? "").split("\t");
    assertEquals(list.find(word), code);
    assertEquals(list.find(`${word}qqq`), undefined);
  }
  const [first = "", last = ""] = [lines[0], lines.at(-1)];
  assertEquals([first, last].map((line) => list.find(line.split("\t")[0] ?? "")), [
    first.split("\t")[1],
    last.split("\t")[1],
  ]);
  for (const absent of ["", "a\t", "zzzzzz", "'", "Hello", "\n"]) assertEquals(list.find(absent), undefined);
  assertEquals(new WordList(new Uint8Array()).find("a"), undefined);
});

test("a flap, a syllable without a vowel, and weak endings", () => {
  assertEquals(wordSounds(codeOfArpabet("W AO1 T ER0"), "water"), "wˈɔTəɹ");
  assertEquals(wordSounds(codeOfArpabet("B AA1 T AH0 L"), "bottle"), "bˈɑTᵊl");
  assertEquals(wordSounds(codeOfArpabet("B AH1 T AH0 N"), "button"), "bˈʌtᵊn");
  assertEquals(wordSounds(codeOfArpabet("AH0 T EH1 N D"), "attend"), "ətˈɛnd");
  assertEquals(["kˈæt", "dˈɔɡ", "bˈʌs"].map(withS), ["kˈæts", "dˈɔɡz", "bˈʌsᵻz"]);
  assertEquals(["lˈʊk", "plˈA", "wˈAt"].map(withEd), ["lˈʊkt", "plˈAd", "wˈATᵻd"]);
});

test("words of grammar sound by what comes after them", () => {
  assertEquals(say("The cat and the apple."), "ðə kˈæt ænd ði ˈæpᵊl.");
  assertEquals(say("What for?"), "wˌʌt fˈɔɹ?");
  assertEquals(say("I want to eat, I want to."), "ˌI wˈɑnt tʊ ˈit, ˌI wˈɑnt tu.");
});

test("words that are written alike sound by the words around them", () => {
  assertEquals(say("I will read what I have read."), "ˌI wɪl ɹˈid wˌʌt ˌI hæv ɹˈɛd.");
  assertMatch(say("Please record a new record."), /ɹɪkˈɔɹd ɐ nˈu ɹˈɛkəɹd/);
  assertMatch(say("We live near live music."), /lˈɪv nˈɪɹ lˈIv/);
  assertMatch(say("Close the door close to you."), /klˈOz ðə dˈɔɹ klˈOs/);
  assertMatch(say("I used to use it."), /jˈust tə jˈuz/);
  assertMatch(say("The wind winds; wind up."), /wˈɪnd .*wˈInd ˈʌp/);
});

test("letters are spelled, acronyms that are words are not, and shouting is no spelling", () => {
  assertEquals(say("the FBI"), "ði ˌɛfbˌiˈI.");
  assertEquals(say("two TVs"), "tˈu tˌivˈiz.");
  assertEquals(say("U.S."), "jˌuˈɛs.");
  assertEquals(say("NASA"), "nˈæsə.");
  assertEquals(say("DO NOT ENTER"), say("do not enter"));
  assertEquals(say("DeepSeek"), "dˈip sˈik.");
});

test("words that are in no list are said by their parts or by their letters", () => {
  assertEquals(say("rainforest"), "ɹˈAnfˌɔɹəst.");
  assertEquals(say("the router's emojis"), "ðə ɹˈuTəɹz ɪmˈOʤiz.");
  assertMatch(say("blorfing"), /^blˈɔɹfɪŋ/);
  assertMatch(say("glimpty zorbs"), /^\S+ \S+\.$/);
  const guess = new LetterToSound(letters);
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz'é"), maxLength: 60 }),
      (word) => {
        const code = guess.say(word);
        assert((code.match(/1/g) ?? []).length <= 1, code);
      },
    ),
    { numRuns: 30 },
  );
});

test("sentences are stretches; a long one is cut, and text without a word is none", () => {
  assertEquals(phonemes.of("Yes. No! Why?"), ["jˈɛs.", "nˈO!", "wˈI?"]);
  assertEquals(phonemes.of("..., 你好 🙂"), []);
  const long = phonemes.of("the quick brown fox jumps over it and ".repeat(20));
  assert(
    long.length > 2 && long.every((stretch) => stretch.length <= 220),
    `${long.map(({ length }) => length)}`,
  );
});

test("whatever the text is, all of it is symbols that the voice knows", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: "grapheme", maxLength: 80 }), fc.string({ maxLength: 80 })),
      (text) => {
        for (const stretch of phonemes.of(text)) {
          assertEquals(numbersOfSymbols(stretch).length, [...stretch].length + 2, stretch);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test("a file that is no sequences is refused", () => {
  for (const length of [0, 1, 10, 1_000, letters.length - 1]) {
    assertThrows(() => SequenceTable.read(letters.slice(0, length)), RangeError);
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    assertThrows(() => SequenceTable.read(new Uint8Array(bytes)));
  }));
});
