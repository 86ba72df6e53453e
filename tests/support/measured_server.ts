/** The other side of `MeasuredProcess`: what every measured server does. */

declare global {
  /** Given by `--expose-gc`. */
  var gc: () => void;
}

/** What a process holds, right after a garbage collection. */
export interface ProcessHeld {
  /** Its live heap. */
  readonly heapBytes: number;
  /** What it has of the machine's memory. */
  readonly residentBytes: number;
  /** Its open file descriptors; 0 where the system does not tell. */
  readonly descriptors: number;
  /** Rejections that nobody handled, since the start. */
  readonly unhandled: number;
}

let unhandled = 0;
globalThis.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  unhandled++;
});

/** Prints the URL, then what `answer` gives for every word on stdin, until stdin ends. */
export async function serveMeasured(url: string, answer: (word: string) => unknown): Promise<void> {
  print({ url });
  const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
  for await (const line of lines) print(await answer(line.trim()));
}

/** Collects garbage and says what the process holds then. */
export async function processHeld(): Promise<ProcessHeld> {
  // What a finalizer lets go of is there until the next collection.
  for (let round = 0; round < 3; round++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { heapUsed, rss } = Deno.memoryUsage();
  return { heapBytes: heapUsed, residentBytes: rss, descriptors: descriptors(), unhandled };
}

function descriptors(): number {
  return Deno.build.os === "linux" ? Array.from(Deno.readDirSync("/proc/self/fd")).length : 0;
}

function print(value: unknown): void {
  // deno-lint-ignore no-console -- its stdout is read by the parent
  console.log(JSON.stringify(value));
}
