import { EarshotError } from "../errors/mod.ts";
import { type Clock, raceSignal, scheduleFairly } from "../lifecycle/mod.ts";
import { serviceError, type ServiceName } from "../service/mod.ts";
import type { SpeechSound } from "./contract.ts";
import { soundMs } from "./sound_length.ts";

/** How much sound there has to be before any is given, in ms: a few samples are no beginning. */
const FIRST_SOUND_MS = 20;
/** How much slower than it is played sound may come; what is slower still counts as a pause. */
const SLOWEST = 4;

/** Why a request has ended whose caller has; made once, as it is needed for every text. */
const OVER = new EarshotError("canceled", "Cannot go on speaking: nobody listens any more");

/** How one try to speak a text is made. */
export interface AttemptOptions {
  /** Asks for the sound; aborting the signal ends the request. */
  readonly ask: (signal: AbortSignal) => AsyncIterable<SpeechSound>;
  /** Whether nothing can be spoken for now, as the text is still being written: such time does not count. */
  readonly isAwaited?: (() => boolean) | undefined;
  readonly service: ServiceName;
  readonly clock: Clock;
  /** How long the first sound may take, in ms. */
  readonly firstSoundTimeoutMs: number;
  /** How long the sound may pause, in ms. */
  readonly stallTimeoutMs: number;
  /** Told of the first sound, and how long it took. */
  readonly onFirstSound: (firstSoundMs: number) => void;
}

/**
 * Asks a voice once. Only time counts in which the caller waits for sound: one that is behind stops the clock. Whatever
 * ends it ends the request.
 */
export async function* attempt(
  options: AttemptOptions,
  signal: AbortSignal,
): AsyncGenerator<SpeechSound, void> {
  const { ask, clock, firstSoundTimeoutMs, stallTimeoutMs } = options;
  if (signal.aborted) throw EarshotError.from(signal.reason, "canceled");
  const life = new AbortController();
  const onAbort = () => life.abort(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  const beganMs = clock.nowMs();
  let held: SpeechSound[] | undefined = [];
  let leftMs = firstSoundTimeoutMs;
  const sounds = ask(life.signal)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const askedMs = clock.nowMs();
      const { done, value } = await nextIn(sounds, { ...options, leftMs, first: held !== undefined, signal });
      leftMs -= clock.nowMs() - askedMs;
      if (done !== true && soundMs(value) === 0) continue;
      if (held !== undefined) {
        if (done !== true) held.push(value);
        if (held.length === 0) return;
        if (done !== true && lengthMs(held) < FIRST_SOUND_MS) continue;
        options.onFirstSound(clock.nowMs() - beganMs);
        leftMs = stallTimeoutMs;
        const first = held;
        held = undefined;
        yield* first;
        if (done === true) return;
        continue;
      }
      if (done === true) return;
      leftMs = Math.min(stallTimeoutMs, leftMs + SLOWEST * lengthMs([value]));
      yield value;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    life.abort(OVER);
    // Nobody waits for it: it may hang, and its request has been aborted.
    Promise.resolve(sounds.return?.()).catch(() => {});
  }
}

async function nextIn(
  sounds: AsyncIterator<SpeechSound, unknown>,
  { clock, service, isAwaited, leftMs, first, signal, firstSoundTimeoutMs, stallTimeoutMs }:
    & AttemptOptions
    & {
      readonly leftMs: number;
      readonly first: boolean;
      readonly signal: AbortSignal;
    },
): Promise<IteratorResult<SpeechSound, unknown>> {
  const late = Promise.withResolvers<never>();
  let cancel = scheduleFairly(clock, Math.max(0, leftMs), expire);
  function expire(): void {
    if (isAwaited?.() === true) {
      cancel = scheduleFairly(clock, first ? firstSoundTimeoutMs : stallTimeoutMs, expire);
      return;
    }
    const detail = first
      ? `no sound within ${firstSoundTimeoutMs} ms`
      : `its sound paused for ${stallTimeoutMs} ms`;
    late.reject(serviceError(service, "timeout", { detail }));
  }
  try {
    return await raceSignal(Promise.race([sounds.next(), late.promise]), signal);
  } finally {
    cancel();
  }
}

function lengthMs(sounds: readonly SpeechSound[]): number {
  return sounds.reduce((sum, sound) => sum + soundMs(sound), 0);
}
