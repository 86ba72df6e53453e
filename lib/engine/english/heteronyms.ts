import { codeOfArpabet } from "./arpabet.ts";

/** The words around a word, in small letters; `""` where there is none before the next pause. */
export interface Surroundings {
  readonly before: string;
  readonly after: string;
}

/** A word that is written alike as a noun (or adjective) and as a verb, in ARPABET. */
const NOUN_AND_VERB: Readonly<Record<string, readonly [noun: string, verb: string]>> = {
  abuse: ["AH0 B Y UW1 S", "AH0 B Y UW1 Z"],
  address: ["AE1 D R EH2 S", "AH0 D R EH1 S"],
  alternate: ["AO1 L T ER0 N AH0 T", "AO1 L T ER0 N EY2 T"],
  appropriate: ["AH0 P R OW1 P R IY0 AH0 T", "AH0 P R OW1 P R IY0 EY2 T"],
  approximate: ["AH0 P R AA1 K S AH0 M AH0 T", "AH0 P R AA1 K S AH0 M EY2 T"],
  associate: ["AH0 S OW1 S IY0 AH0 T", "AH0 S OW1 S IY0 EY2 T"],
  attribute: ["AE1 T R AH0 B Y UW2 T", "AH0 T R IH1 B Y UW0 T"],
  combine: ["K AA1 M B AY2 N", "K AH0 M B AY1 N"],
  conduct: ["K AA1 N D AH0 K T", "K AH0 N D AH1 K T"],
  conflict: ["K AA1 N F L IH0 K T", "K AH0 N F L IH1 K T"],
  content: ["K AA1 N T EH0 N T", "K AH0 N T EH1 N T"],
  contest: ["K AA1 N T EH0 S T", "K AH0 N T EH1 S T"],
  contract: ["K AA1 N T R AE2 K T", "K AH0 N T R AE1 K T"],
  contrast: ["K AA1 N T R AE2 S T", "K AH0 N T R AE1 S T"],
  convict: ["K AA1 N V IH2 K T", "K AH0 N V IH1 K T"],
  coordinate: ["K OW0 AO1 R D AH0 N AH0 T", "K OW0 AO1 R D AH0 N EY2 T"],
  decrease: ["D IY1 K R IY2 S", "D IH0 K R IY1 S"],
  delegate: ["D EH1 L AH0 G AH0 T", "D EH1 L AH0 G EY2 T"],
  deliberate: ["D IH0 L IH1 B ER0 AH0 T", "D IH0 L IH1 B ER0 EY2 T"],
  desert: ["D EH1 Z ER0 T", "D IH0 Z ER1 T"],
  duplicate: ["D UW1 P L AH0 K AH0 T", "D UW1 P L AH0 K EY2 T"],
  estimate: ["EH1 S T AH0 M AH0 T", "EH1 S T AH0 M EY2 T"],
  excuse: ["IH0 K S K Y UW1 S", "IH0 K S K Y UW1 Z"],
  export: ["EH1 K S P AO2 R T", "IH0 K S P AO1 R T"],
  graduate: ["G R AE1 JH AH0 W AH0 T", "G R AE1 JH AH0 W EY2 T"],
  house: ["HH AW1 S", "HH AW1 Z"],
  import: ["IH1 M P AO2 R T", "IH0 M P AO1 R T"],
  increase: ["IH1 N K R IY2 S", "IH0 N K R IY1 S"],
  insult: ["IH1 N S AH2 L T", "IH0 N S AH1 L T"],
  moderate: ["M AA1 D ER0 AH0 T", "M AA1 D ER0 EY2 T"],
  object: ["AA1 B JH EH0 K T", "AH0 B JH EH1 K T"],
  perfect: ["P ER1 F IH0 K T", "P ER0 F EH1 K T"],
  permit: ["P ER1 M IH2 T", "P ER0 M IH1 T"],
  present: ["P R EH1 Z AH0 N T", "P R IY0 Z EH1 N T"],
  produce: ["P R OW1 D UW0 S", "P R AH0 D UW1 S"],
  progress: ["P R AA1 G R EH2 S", "P R AH0 G R EH1 S"],
  project: ["P R AA1 JH EH2 K T", "P R AH0 JH EH1 K T"],
  protest: ["P R OW1 T EH2 S T", "P R AH0 T EH1 S T"],
  rebel: ["R EH1 B AH0 L", "R IH0 B EH1 L"],
  record: ["R EH1 K ER0 D", "R IH0 K AO1 R D"],
  refund: ["R IY1 F AH2 N D", "R IH0 F AH1 N D"],
  refuse: ["R EH1 F Y UW2 Z", "R IH0 F Y UW1 Z"],
  reject: ["R IY1 JH EH0 K T", "R IH0 JH EH1 K T"],
  separate: ["S EH1 P R AH0 T", "S EH1 P ER0 EY2 T"],
  subject: ["S AH1 B JH IH0 K T", "S AH0 B JH EH1 K T"],
  suspect: ["S AH1 S P EH2 K T", "S AH0 S P EH1 K T"],
  tear: ["T IH1 R", "T EH1 R"],
  use: ["Y UW1 S", "Y UW1 Z"],
};
/** Words before a verb. */
const BEFORE_VERB = words(
  "to will would can could shall should may might must do does did don't doesn't didn't can't cannot won't wouldn't " +
    "couldn't shouldn't not i you we they who please let's i'll you'll we'll they'll he'll she'll it'll i'd you'd just also " +
    "always never often sometimes usually and then",
);
/** Words before a noun or an adjective. */
const BEFORE_NOUN = words(
  "a an the this that these those my your his her its our their no any some every each another of in on at for from " +
    "with by very more most too so quite as is are was were be been being new old good bad great last next first",
);
/** What a verb of command is followed by at the beginning of a sentence. */
const OBJECTS = words(
  "a an the this that these those my your his her its our their me us it them him all every",
);
const PERFECT = words(
  "have has had having i've you've we've they've he'd she'd was were been be being is are well be widely already ever never",
);

/** How a word that is written like another one is said, in the letters of `arpabet.ts`; `undefined` for others. */
export function heteronym(word: string, around: Surroundings): string | undefined {
  const arpabet = special(word, around) ?? nounOrVerb(word, around);
  return arpabet && codeOfArpabet(arpabet);
}

function nounOrVerb(word: string, { before, after }: Surroundings): string | undefined {
  const forms = Object.hasOwn(NOUN_AND_VERB, word) ? NOUN_AND_VERB[word] : undefined;
  if (forms === undefined) return undefined;
  const [noun, verb] = forms;
  if (BEFORE_NOUN.has(before)) return noun;
  if (BEFORE_VERB.has(before)) return verb;
  if (word === "use") return verb;
  return before === "" && OBJECTS.has(after) ? verb : noun;
}

function special(word: string, { before, after }: Surroundings): string | undefined {
  switch (word) {
    case "read":
      return PERFECT.has(before) || /^(he|she|it)$/.test(before) ? "R EH1 D" : "R IY1 D";
    case "used":
      return after === "to" && !PERFECT.has(before) ? "Y UW1 S T" : "Y UW1 Z D";
    case "live": {
      const isVerb = BEFORE_VERB.has(before) ||
        /^(in|with|at|on|here|there|by|alone|near|together)$/.test(after);
      return isVerb && !/^(going|go|is|are|a|the)$/.test(before) ? "L IH1 V" : "L AY1 V";
    }
    case "lives":
      return /^(our|their|your|my|many|of|save|saved|the|lost)$/.test(before) ? "L AY1 V Z" : "L IH1 V Z";
    case "close":
      if (/^(to|by|enough|friend|friends)$/.test(after) && before !== "to") return "K L OW1 S";
      return BEFORE_NOUN.has(before) ? "K L OW1 S" : "K L OW1 Z";
    case "wind":
      return /^(up|down)$/.test(after) ? "W AY1 N D" : "W IH1 N D";
    case "wound":
      return after === "up" ? "W AW1 N D" : "W UW1 N D";
    case "lead":
      return /^(pipe|pipes|paint|poisoning)$/.test(after) ? "L EH1 D" : "L IY1 D";
    case "bow":
      return /^(down|to|your|deeply)$/.test(after) || before === "a" && after === "of" ? "B AW1" : "B OW1";
    case "bass":
      return /^(fishing|lake)$/.test(after) || /^(sea|striped)$/.test(before) ? "B AE1 S" : "B EY1 S";
    case "dove":
      return /^(in|into|down|off)$/.test(after) ? "D OW1 V" : "D AH1 V";
    case "minute":
      return before === "very" ? "M AY0 N UW1 T" : "M IH1 N AH0 T";
  }
  return undefined;
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(" "));
}
