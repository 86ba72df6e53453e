const ONES =
  ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen " +
    "sixteen seventeen eighteen nineteen").split(" ");
const TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/** How many words are wrong, missing or too many; punctuation, case and the spelling of numbers do not count. */
export function wordErrors(expected: string, heard: string): number {
  const [wanted, got] = [words(expected), words(heard)];
  let row = Array.from({ length: got.length + 1 }, (_, index) => index);
  for (const [rowIndex, want] of wanted.entries()) {
    const next = [rowIndex + 1];
    for (const [index, word] of got.entries()) {
      const [replaced, missing, extra] = [row[index] ?? 0, row[index + 1] ?? 0, next[index] ?? 0];
      next.push(Math.min(replaced + (word === want ? 0 : 1), missing + 1, extra + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

function words(text: string): string[] {
  return text.toLowerCase()
    .replaceAll("\u2019", "'")
    .replaceAll("-", " ")
    .replaceAll(/\bmr\b\.?/g, "mister")
    .replaceAll(/\d+/g, (digits) => ` ${spelled(Number(digits))} `)
    .replaceAll(/[^a-z' ]/g, " ")
    .split(" ")
    .filter((word) => word !== "");
}

function spelled(value: number): string {
  if (value < 20) return ONES[value] ?? "";
  if (value < 100) return `${TENS[Math.floor(value / 10)]} ${value % 10 === 0 ? "" : ONES[value % 10]}`;
  const century = Math.floor(value / 100);
  if (century > 10 && century < 20) {
    return `${spelled(century)} ${value % 100 === 0 ? "hundred" : spelled(value % 100)}`;
  }
  return `${spelled(century)} hundred ${value % 100 === 0 ? "" : spelled(value % 100)}`;
}
