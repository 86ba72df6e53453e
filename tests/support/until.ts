/** Options of {@linkcode until}. */
export interface UntilOptions {
  /** How long it may take; generous, since a busy machine is no fault. Default 20,000. */
  readonly timeoutMs?: number;
  /** What is known when it did not happen. */
  readonly found?: () => string;
}

/** What `promise` gives; fails and says `what` it waited for when that takes longer than any busy machine does. */
export async function inTime<T>(promise: PromiseLike<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Cannot go on: waited in vain for ${what}`)), 20_000);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves once `condition` holds; fails and says `what` it waited for, or the condition, when that takes too long. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what = String(condition),
  { timeoutMs = 20_000, found }: UntilOptions = {},
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadlineMs) {
      throw new Error(`Cannot go on: waited in vain for ${what}${found === undefined ? "" : `: ${found()}`}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
