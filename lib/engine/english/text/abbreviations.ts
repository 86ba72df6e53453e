import type { Rule } from "./rule.ts";

/** What is written short before a name. */
const TITLES: Readonly<Record<string, string>> = {
  Mr: "Mister",
  Mrs: "Missus",
  Ms: "Miz",
  Dr: "Doctor",
  Prof: "Professor",
  St: "Saint",
  Mt: "Mount",
  Ft: "Fort",
  Gen: "General",
  Gov: "Governor",
  Sen: "Senator",
  Rep: "Representative",
  Capt: "Captain",
  Lt: "Lieutenant",
  Col: "Colonel",
  Sgt: "Sergeant",
  Rev: "Reverend",
};
/** What is written short behind a name, with or without a period. */
const BEHIND: Readonly<Record<string, string>> = {
  Jr: "Junior",
  Sr: "Senior",
  St: "Street",
  Ave: "Avenue",
  Blvd: "Boulevard",
  Rd: "Road",
  Dr: "Drive",
  Ln: "Lane",
  Hwy: "Highway",
  Inc: "Incorporated",
  Ltd: "Limited",
  Corp: "Corporation",
  Co: "Company",
  Bros: "Brothers",
  Mt: "Mountain",
};
/** What is written short with a period. */
const SHORT: Readonly<Record<string, string>> = {
  approx: "approximately",
  appt: "appointment",
  apt: "apartment",
  cf: "compare",
  dept: "department",
  est: "established",
  etc: "et cetera",
  fig: "figure",
  govt: "government",
  hr: "hour",
  hrs: "hours",
  incl: "including",
  max: "maximum",
  min: "minimum",
  misc: "miscellaneous",
  pp: "pages",
  tel: "telephone",
  temp: "temperature",
  vol: "volume",
  vs: "versus",
};
const ROMAN: Readonly<Record<string, string>> = {
  I: "one",
  II: "two",
  III: "three",
  IV: "four",
  V: "five",
  VI: "six",
  VII: "seven",
  VIII: "eight",
  IX: "nine",
  X: "ten",
  XI: "eleven",
  XII: "twelve",
  XIII: "thirteen",
  XIV: "fourteen",
  XV: "fifteen",
  XVI: "sixteen",
  XX: "twenty",
  XXI: "twenty one",
};
const ROMAN_ORDINAL: Readonly<Record<string, string>> = {
  II: "second",
  III: "third",
  IV: "fourth",
  V: "fifth",
  VI: "sixth",
  VII: "seventh",
  VIII: "eighth",
  IX: "ninth",
  XIV: "fourteenth",
  XVI: "sixteenth",
};
/** Words that begin a sentence, and no name. */
const BEGINNINGS =
  "The|It|He|She|We|I|They|You|This|That|In|On|At|An?|And|But|Then|There|My|Your|Our|His|Her|Is|Do|Please";
const names = (table: Readonly<Record<string, string>>) =>
  Object.keys(table).toSorted((one, other) => other.length - one.length).join("|");

/** Words that are written short, before the numbers are said. */
export const ABBREVIATIONS: readonly Rule[] = [
  {
    // At the end of a sentence.
    pattern: new RegExp(String.raw`(?<=[A-Z][\w']*,? )(${names(BEHIND)})\.(?=\s(?:${BEGINNINGS})\b)`, "g"),
    say: (short = "") => `${BEHIND[short] ?? short}.`,
  },
  {
    pattern: new RegExp(String.raw`(?<=[A-Z][\w']*,? )(${names(BEHIND)})\b\.?(?!\s[A-Z][a-z])`, "g"),
    say: (short = "") => BEHIND[short] ?? short,
  },
  {
    pattern: new RegExp(String.raw`\b(${names(TITLES)})(?:\.\s?|\s)(?=[A-Z])`, "g"),
    say: (short = "") => `${TITLES[short] ?? short} `,
  },
  { pattern: /\b(?:Mr|Mrs|Ms)\.(?=\s|$)/g, say: () => "Mister" },
  { pattern: /\b[Nn]o\.\s?(?=\d)/g, say: () => "number " },
  { pattern: /\be\.g\.,?/g, say: () => "for example," },
  { pattern: /\bi\.e\.,?/g, say: () => "that is," },
  { pattern: /\bet al\./g, say: () => "et al" },
  { pattern: /\betc\.(?=\s[A-Z]|$)/g, say: () => "et cetera." },
  {
    pattern: new RegExp(String.raw`\b(${names(SHORT)})\.(?=\s?[a-z\d$€£,;)]|$)`, "gi"),
    say: (short = "") => SHORT[short.toLowerCase()] ?? short,
  },
  { pattern: /\bvs\b/g, say: () => "versus" },
  { pattern: /\bw\/o\b/g, say: () => "without" },
  { pattern: /\bw\/\s?/g, say: () => "with " },
  {
    pattern: new RegExp(
      String
        .raw`\b(Henry|Louis|Charles|George|Elizabeth|Edward|Richard|William|James|Philip|Pope \w+|Queen \w+|King \w+) (${
        names(ROMAN_ORDINAL)
      })\b`,
      "g",
    ),
    say: (name, roman = "") => `${name} the ${ROMAN_ORDINAL[roman] ?? roman}`,
  },
  {
    pattern: new RegExp(
      String
        .raw`\b(Chapter|Part|Volume|Book|Act|Scene|War|Phase|Type|Class|Article|Section|Bowl|Final Fantasy) (${
        names(ROMAN)
      })\b`,
      "gi",
    ),
    say: (name, roman = "") => `${name} ${ROMAN[roman.toUpperCase()] ?? roman}`,
  },
];
