/** A word of grammar in the voice's symbols: as it is said within a sentence, and before a pause. */
type Forms = readonly [within: string, atPause: string];

/** Words of grammar, which have no stress of their own, or little. */
const FORMS: Readonly<Record<string, Forms>> = {
  an: ["ɐn", "ˈæn"],
  and: ["ænd", "ænd"],
  or: ["ɔɹ", "ɔɹ"],
  but: ["bˌʌt", "bˌʌt"],
  so: ["sˌO", "sˈO"],
  if: ["ɪf", "ˈɪf"],
  as: ["æz", "ˈæz"],
  at: ["æt", "ˈæt"],
  by: ["bI", "bˈI"],
  for: ["fɔɹ", "fˈɔɹ"],
  from: ["fɹʌm", "fɹˈʌm"],
  in: ["ɪn", "ˈɪn"],
  into: ["ˈɪntu", "ˈɪntu"],
  of: ["ʌv", "ˈʌv"],
  on: ["ˌɔn", "ˈɔn"],
  than: ["ðən", "ðˈæn"],
  up: ["ˌʌp", "ˈʌp"],
  with: ["wɪð", "wˈɪð"],
  without: ["wɪðˈWt", "wɪðˈWt"],
  per: ["pɜɹ", "pˈɜɹ"],
  you: ["ju", "jˈu"],
  he: ["hi", "hˈi"],
  she: ["ʃi", "ʃˈi"],
  it: ["ɪt", "ˈɪt"],
  we: ["wi", "wˈi"],
  they: ["ðA", "ðˈA"],
  me: ["mˌi", "mˈi"],
  him: ["hˌɪm", "hˈɪm"],
  her: ["hɜɹ", "hˌɜɹ"],
  us: ["ˌʌs", "ˈʌs"],
  them: ["ðˌɛm", "ðˈɛm"],
  my: ["mI", "mˈI"],
  your: ["jʊɹ", "jˈʊɹ"],
  his: ["hɪz", "hˌɪz"],
  its: ["ɪts", "ˈɪts"],
  our: ["ˌWəɹ", "ˈWəɹ"],
  their: ["ðɛɹ", "ðˈɛɹ"],
  is: ["ɪz", "ˈɪz"],
  are: ["ɑɹ", "ˈɑɹ"],
  was: ["wʌz", "wˈʌz"],
  were: ["wɜɹ", "wˈɜɹ"],
  be: ["bi", "bˈi"],
  been: ["bɪn", "bˌɪn"],
  has: ["hæz", "hˈæz"],
  have: ["hæv", "hˈæv"],
  had: ["hæd", "hˌæd"],
  can: ["kæn", "kˈæn"],
  could: ["kʊd", "kˈʊd"],
  will: ["wɪl", "wˈɪl"],
  would: ["wʊd", "wˈʊd"],
  shall: ["ʃˌæl", "ʃˈæl"],
  should: ["ʃˌʊd", "ʃˈʊd"],
  might: ["mˌIt", "mˈIt"],
  this: ["ðɪs", "ðˈɪs"],
  these: ["ðiz", "ðˈiz"],
  those: ["ðOz", "ðˈOz"],
  there: ["ðɛɹ", "ðˈɛɹ"],
  what: ["wˌʌt", "wˈʌt"],
  who: ["hˌu", "hˈu"],
  which: ["wˌɪʧ", "wˈɪʧ"],
  when: ["wˌɛn", "wˈɛn"],
  where: ["wˌɛɹ", "wˈɛɹ"],
  why: ["wˌI", "wˈI"],
  how: ["hˌW", "hˈW"],
  not: ["nˌɑt", "nˈɑt"],
  some: ["sˌʌm", "sˈʌm"],
  through: ["θɹu", "θɹˈu"],
  while: ["wˌIl", "wˈIl"],
  i: ["ˌI", "ˈI"],
  "i'm": ["ˌIm", "ˈIm"],
  "i'll": ["ˌIl", "ˈIl"],
  "i've": ["ˌIv", "ˈIv"],
  "i'd": ["ˌId", "ˈId"],
  "you're": ["jʊɹ", "jˈʊɹ"],
  "you'll": ["jul", "jˈul"],
  "he's": ["hiz", "hˈiz"],
  "she's": ["ʃiz", "ʃˈiz"],
  "it's": ["ɪts", "ˈɪts"],
  "we're": ["wɪɹ", "wˈɪɹ"],
  "we'll": ["wil", "wˈil"],
  "we've": ["wiv", "wˈiv"],
  "they're": ["ðɛɹ", "ðˈɛɹ"],
  "there's": ["ðɛɹz", "ðˈɛɹz"],
  "that's": ["ðæts", "ðˈæts"],
  "what's": ["wˌʌts", "wˈʌts"],
};

/** What stands after a word. */
export interface Following {
  /** A pause, or the end. */
  readonly pause: boolean;
  /** A word that begins with a vowel. */
  readonly vowel: boolean;
}

/** How a word of grammar is said, in the voice's symbols; `undefined` for any other word. `word` is in small letters. */
export function functionWord(word: string, { pause, vowel }: Following): string | undefined {
  switch (word) {
    case "a":
      return pause ? "ˈA" : "ɐ";
    case "the":
      return vowel || pause ? "ði" : "ðə";
    case "to":
      return pause ? "tu" : vowel ? "tʊ" : "tə";
    case "am":
      return pause ? "ˈæm" : "æm";
    case "that":
      return pause ? "ðˈæt" : "ðæt";
  }
  const forms = Object.hasOwn(FORMS, word) ? FORMS[word] : undefined;
  return forms?.[pause ? 1 : 0];
}
