import { raceSignal } from "../../lifecycle/mod.ts";
import type { SpeechSound } from "../contract.ts";
import { oneFormat } from "../body/one_format.ts";
import { soundOfBody } from "../body/sound_of_body.ts";
import { DoubaoSession, type DoubaoSessionPeer } from "./doubao_session.ts";

/** Speaks a text that comes in parts, each of which is sent as it comes, whether sound is pulled or not. */
export function speakParts(
  parts: AsyncIterable<string>,
  peer: DoubaoSessionPeer,
  signal: AbortSignal,
): AsyncGenerator<SpeechSound, void> {
  const { service, settings: { sampleRateHz } } = peer;
  return soundOfBody(oneFormat(service, bytesOf(parts, peer, signal)), { service, sampleRateHz });
}

async function* bytesOf(
  parts: AsyncIterable<string>,
  peer: DoubaoSessionPeer,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const text = parts[Symbol.asyncIterator]();
  /** Ends with the caller's interest, and when there is no more text to be had. */
  const life = new AbortController();
  const onAbort = () => life.abort(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  let failure: { readonly thrown: unknown } | undefined;
  try {
    const first = await raceSignal(text.next(), life.signal);
    if (first.done === true) return;
    using session = await DoubaoSession.open(peer, life.signal);
    writeAll(first.value, { text, session }, life.signal).catch((thrown) => {
      failure = { thrown };
      life.abort();
    });
    yield* session.sound();
  } catch (thrown) {
    throw failure === undefined ? thrown : failure.thrown;
  } finally {
    signal.removeEventListener("abort", onAbort);
    life.abort();
    // Nobody waits for it: whoever writes may take his time.
    Promise.resolve(text.return?.()).catch(() => {});
  }
}

async function writeAll(
  first: string,
  { text, session }: { readonly text: AsyncIterator<string, unknown>; readonly session: DoubaoSession },
  signal: AbortSignal,
): Promise<void> {
  session.write(first);
  for (;;) {
    const next = await raceSignal(text.next(), signal);
    if (next.done === true) return session.finish();
    session.write(next.value);
  }
}
