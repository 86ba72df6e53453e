/**
 * What sherpa-onnx writes where a model fails: its answer is then that of silence, so its stderr is the only sign.
 * Each of its lines begins with a place in its source.
 */
const PLACE = /^\S*\/sherpa-onnx\/\S+:\d+\s*/;
/** A graph refused its input; its message follows, then that the result is empty. */
const EXCEPTION = /Caught exception/;
const EMPTY = /Return an empty result/;

/** Whether a line of its stderr says that an utterance was lost. */
export function reportsLoss(line: string): boolean {
  return EMPTY.test(line) || EXCEPTION.test(line);
}

/** The line of its stderr that says most about the failure; `undefined` where there is none. */
export function failureIn(lines: readonly string[]): string | undefined {
  const exception = lines.findIndex((line) => EXCEPTION.test(line));
  if (exception >= 0) {
    const words = lines.slice(exception + 1).find((line) => line.trim() !== "" && !EMPTY.test(line));
    return words?.trim() ?? "it caught an exception";
  }
  // The last one is what ended it.
  const last = lines.findLast((line) => PLACE.test(line));
  return last?.replace(PLACE, "").trim();
}
