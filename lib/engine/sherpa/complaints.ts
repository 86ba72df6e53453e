/**
 * What sherpa-onnx writes where a model fails: it then answers as if nothing had been said, so its stderr is the only
 * sign. Each of its lines begins with where it is in its source.
 */
const PLACE = /^\S*\/sherpa-onnx\/\S+:\d+\s*/;
/** A graph refused what it was given; its words follow, then that the result is empty. */
const EXCEPTION = /Caught exception/;
const EMPTY = /Return an empty result/;

/** Whether a line of its stderr says that an utterance was lost. */
export function tellsLoss(line: string): boolean {
  return EMPTY.test(line) || EXCEPTION.test(line);
}

/** The words of its stderr that tell most of what is wrong; `undefined` where there are none. */
export function complaintIn(lines: readonly string[]): string | undefined {
  const exception = lines.findIndex((line) => EXCEPTION.test(line));
  if (exception >= 0) {
    const words = lines.slice(exception + 1).find((line) => line.trim() !== "" && !EMPTY.test(line));
    return words?.trim() ?? "it caught an exception";
  }
  // The last one is what ended it.
  const told = lines.findLast((line) => PLACE.test(line));
  return told?.replace(PLACE, "").trim();
}
