/** The two sides of a request whose text is sent while its sound comes. */
export interface FedRequest<Sound> {
  /** Sends the text to its end; what it throws ends the request. */
  readonly feed: (signal: AbortSignal) => Promise<void>;
  /** Gives the sound until the service has said all; rejects once the signal aborts. */
  readonly hear: (signal: AbortSignal) => AsyncIterable<Sound>;
}

/** Runs both at once. Whatever ends one ends the other, and what failed first is thrown. */
export async function* whileFed<Sound>(
  { feed, hear }: FedRequest<Sound>,
  signal: AbortSignal,
): AsyncGenerator<Sound, void> {
  const life = new AbortController();
  const both = AbortSignal.any([signal, life.signal]);
  let failure: { readonly thrown: unknown } | undefined;
  const fed = feed(both).catch((thrown: unknown) => {
    if (both.aborted) return;
    failure = { thrown };
    life.abort();
  });
  try {
    yield* hear(both);
  } catch (thrown) {
    throw failure === undefined || signal.aborted ? thrown : failure.thrown;
  } finally {
    life.abort();
    await fed;
  }
}
