/**
 * What sherpa-onnx writes where a model fails: its answer is then that of silence, so its stderr is the only sign.
 * Each of its lines begins with a place in its source.
 */
const PLACE = /^\S*\/sherpa-onnx\/\S+:\d+\s*/;
/** A graph refused its input; its message follows, then that the result is empty. */
const EXCEPTION = /Caught exception/;
const SUMMARY = /Errors in config/;
const EMPTY = /Return an empty result/;

/** Whether a line of its stderr says that an utterance was lost. */
export function reportsLoss(line: string): boolean {
  return EMPTY.test(line) || EXCEPTION.test(line);
}

/**
 * A line of the stderr of an engine that speaks, for the log. sherpa-onnx writes what it cannot say, and that is what
 * somebody said: of its lines only the place is kept, and of others none that is not plain ASCII.
 */
export function withoutWords(line: string): string {
  const place = PLACE.exec(line)?.[0].trim();
  if (place !== undefined) return `${place}: its words are left out`;
  return /^[\x20-\x7e\t]*$/.test(line) ? line : "a line of the engine is left out";
}

/** The line of its stderr that says most about the failure; `undefined` where there is none. */
export function failureIn(lines: readonly string[]): string | undefined {
  const exception = lines.findIndex((line) => EXCEPTION.test(line));
  if (exception >= 0) {
    const words = lines.slice(exception + 1).find((line) => line.trim() !== "" && !EMPTY.test(line));
    return words?.trim() ?? "it caught an exception";
  }
  // The last one is what ended it, unless it only says that there was one.
  const last = lines.findLast((line) => PLACE.test(line) && !SUMMARY.test(line));
  return last?.replace(PLACE, "").trim();
}
