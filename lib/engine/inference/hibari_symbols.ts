/** The number that Hibari knows each symbol by: phonemes as Kokoro writes them, stress marks and punctuation. */
const NUMBERS: Readonly<Record<string, number>> = {
  ";": 1,
  ":": 2,
  ",": 3,
  ".": 4,
  "!": 5,
  "?": 6,
  "—": 9,
  "…": 10,
  " ": 16,
  "A": 24,
  "I": 25,
  "O": 31,
  "T": 36,
  "W": 39,
  "Y": 41,
  "ᵊ": 42,
  "b": 44,
  "d": 46,
  "f": 48,
  "h": 50,
  "i": 51,
  "j": 52,
  "k": 53,
  "l": 54,
  "m": 55,
  "n": 56,
  "p": 58,
  "s": 61,
  "t": 62,
  "u": 63,
  "v": 64,
  "w": 65,
  "z": 68,
  "ɑ": 69,
  "ɐ": 70,
  "æ": 72,
  "ɔ": 76,
  "ð": 81,
  "ʤ": 82,
  "ə": 83,
  "ɛ": 86,
  "ɜ": 87,
  "ɡ": 92,
  "ɪ": 102,
  "ŋ": 112,
  "θ": 119,
  "ɹ": 123,
  "ʃ": 131,
  "ʧ": 133,
  "ʊ": 135,
  "ʌ": 138,
  "ʒ": 147,
  "ˈ": 156,
  "ˌ": 157,
  "ᵻ": 177,
};
/** Stands before the first symbol and after the last. */
const EDGE = 0n;

/** What Hibari reads for a stretch of symbols; one that it does not know is left out. */
export function numbersOfSymbols(symbols: string): BigInt64Array {
  const numbers = [...symbols].flatMap((symbol) => {
    const number = NUMBERS[symbol];
    return number === undefined ? [] : [BigInt(number)];
  });
  return BigInt64Array.of(EDGE, ...numbers, EDGE);
}
