import { assert, assertEquals } from "@std/assert";
import { cardinal, decimal, ordinal, year } from "../../../../lib/engine/english/text/number_words.ts";
import { spokenText } from "../../../../lib/engine/english/text/spoken_text.ts";
import fc from "../../../support/fast_check.ts";
import { test } from "../../../support/test.ts";

/** What is written, and how it is said. */
type Table = Readonly<Record<string, string>>;

const plain = (text: string) => text.replaceAll(/\s+/g, " ").replaceAll(/ (?=[.,;?])/g, "").trim();

function assertSaid(table: Table): void {
  for (const [written, said] of Object.entries(table)) {
    assertEquals(plain(spokenText(written)), said, written);
  }
}

test("numbers are said in words", () => {
  assertEquals(["0", "7", "13", "40", "99", "101", "1,000", "1,250,000", "10000000"].map(cardinal), [
    "zero",
    "seven",
    "thirteen",
    "forty",
    "ninety nine",
    "one hundred one",
    "one thousand",
    "one million two hundred fifty thousand",
    "ten million",
  ]);
  assertEquals(cardinal("007"), "zero zero seven");
  assertEquals(cardinal("1".repeat(16)).split(" ").length, 16);
  assertEquals(["1", "2", "3", "12", "20", "21", "100", "1000"].map(ordinal), [
    "first",
    "second",
    "third",
    "twelfth",
    "twentieth",
    "twenty first",
    "one hundredth",
    "one thousandth",
  ]);
  assertEquals(["1984", "1900", "1905", "2000", "2005", "2024", "1066"].map(year), [
    "nineteen eighty four",
    "nineteen hundred",
    "nineteen oh five",
    "two thousand",
    "two thousand five",
    "twenty twenty four",
    "ten sixty six",
  ]);
  assertEquals(["3.14", ".5", "0.05"].map(decimal), [
    "three point one four",
    "point five",
    "zero point zero five",
  ]);
});

test("dates and times", () => {
  assertSaid({
    "on Jan. 5th, 2024.": "on January fifth, twenty twenty four.",
    "January 5th.": "January fifth.",
    "May 5 at 10am": "May fifth at ten A.M.",
    "May 5pm": "May five P.M.",
    "2024-03-05": "March fifth, twenty twenty four",
    "12/25/87 and 25/12/2020":
      "December twenty fifth, nineteen eighty seven and December twenty fifth, twenty twenty",
    "The 5th of November": "The fifth of November",
    "5 November 2020": "the fifth of November twenty twenty",
    "the '80s and the 1990s": "the eighties and the nineteen nineties",
    "at 5:30 pm or 17:05": "at five thirty P.M. or seventeen oh five",
    "8:00, 14:00, 7 a.m.": "eight o'clock, fourteen hundred, seven A.M.",
    "3:2 and 16:9": "three to two and sixteen to nine",
    "Fri. at noon": "Friday at noon",
  });
});

test("money", () => {
  assertSaid({
    "$3.50": "three dollars and fifty cents",
    "$1": "one dollar",
    "$0.05": "five cents",
    "$1,234.56": "one thousand two hundred thirty four dollars and fifty six cents",
    "$2.5M and £3 billion": "two point five million dollars and three billion pounds",
    "$5-10": "five to ten dollars",
    "20 €": "twenty euros",
    "-$20": "minus twenty dollars",
    "$20/month": "twenty dollars per month",
    "50¢": "fifty cents",
    "¥500": "five hundred yen",
  });
});

test("units and measures", () => {
  assertSaid({
    "-5°C or 23°F": "minus five degrees Celsius or twenty three degrees Fahrenheit",
    "15-20 km/h": "fifteen to twenty kilometers per hour",
    "240 MHz, 520 KB": "two hundred forty megahertz, five hundred twenty kilobytes",
    "1 kg and 2.5kg": "one kilogram and two point five kilograms",
    "20% off": "twenty percent off",
    "20 m²": "twenty square meters",
    "5'4\" tall": "five foot four tall",
    "3x4 m": "three by four meters",
    "5 in the morning": "five in the morning",
  });
});

test("other numbers", () => {
  assertSaid({
    "1/2 cup, 3/4 mile, 2 1/2 hours, 1½ cups":
      "one half cup, three quarters mile, two and one half hours, one and one half cups",
    "50/50 and 24/7": "fifty fifty and twenty four seven",
    "555-0123": "five five five, zero one two three",
    "+1 415 555 2671": "plus one, four one five, five five five, two six seven one",
    "1-800-555-0199": "one eight zero zero, five five five, zero one nine nine",
    "the score was 3-1": "the score was three to one",
    "1914-1918": "nineteen fourteen to nineteen eighteen",
    "the 21st": "the twenty first",
    "ESP32 and 4K": "ESP thirty two and four K",
    "version 2.0.1": "version two dot zero dot one",
    "7 + 5 = 12": "seven plus five equals twelve",
    "10 ÷ 2": "ten divided by two",
    "#3": "number three",
  });
});

test("abbreviations, names and addresses", () => {
  assertSaid({
    "Dr. Smith and Prof. Lee, Jr.": "Doctor Smith and Professor Lee, Junior",
    "St. Paul on Main St. in town": "Saint Paul on Main Street in town",
    "on Main St. It is": "on Main Street. It is",
    "Henry VIII and World War II, Chapter IV": "Henry the eighth and World War two, Chapter four",
    "e.g. this, i.e. that, etc.": "for example, this, that is, that, et cetera.",
    "No. 7 vs. approx. 8": "number seven versus approximately eight",
    "www.example.com": "example dot com",
    "https://example.org/a/b": "example dot org slash a slash b",
    "john.doe@mail.co.uk": "john dot doe at mail dot CO dot UK",
    "192.168.1.20:8000":
      "one hundred ninety two dot one hundred sixty eight dot one dot twenty port eight thousand",
    "naïve café ﬁancé": "naive cafe fiance",
    "cats & dogs": "cats and dogs",
  });
});

test("whatever the text is, no digit is left, and what comes is no longer than numbers make it", () => {
  const odd = fc.string({
    unit: fc.constantFrom(..."0123456789.,:-/$€%°'\" xkmCFaAbSt()&@#+=×½²–\n你é"),
    maxLength: 60,
  });
  fc.assert(fc.property(odd, (text) => {
    const said = spokenText(text);
    assert(!/\d/.test(said.replaceAll(/\^[23]/g, "")), said);
    assert(said.length < 2_000);
  }));
});
