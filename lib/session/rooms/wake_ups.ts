import type { Clock } from "../../lifecycle/mod.ts";

/** Devices that are woken within so many ms heard the same wake word. */
export const TOGETHER_MS = 1_500;
/** How long the first one waits for another, in ms: about as much as the ways of two devices to the gateway differ. */
export const WINDOW_MS = 300;
/** By how much louder a device has to be to take over from one that has begun to greet, in dB. */
const TAKE_OVER_DB = 3;

/** A device that was woken. */
export interface Woken {
  /** How loud the voice was that woke it, in dB to full scale; `undefined` where it has sent no sound of it. */
  readonly levelDb: () => number | undefined;
  /** Whether nobody has spoken to it since, so that another one may still take over. */
  readonly mayYield: () => boolean;
  /** Another one takes over. Must not throw. */
  readonly onTakenOver: () => void;
}

/** Which of the devices that were woken answers. */
export interface WakeVerdict {
  readonly answers: boolean;
  /** Whether the loudness of both was known: then one that does not answer now is not meant at all. */
  readonly certain: boolean;
}

interface Claim {
  readonly woken: Woken;
  readonly verdict: PromiseWithResolvers<WakeVerdict>;
  /** As it was when the device was woken, or at the latest when it is decided: what is said later does not count. */
  levelDb: number | undefined;
}

/** Wake-ups that are taken for one. */
interface Event {
  readonly beganMs: number;
  readonly claims: Set<Claim>;
  decided: boolean;
  winner: Claim | undefined;
  cancelTimer: () => void;
}

/**
 * Which of the devices of a room that a wake word has woken answers: the loudest. The first one waits for 300 ms, or until
 * all devices of the room are woken. Within 1.5 s another one takes over only if it is clearly louder, and nobody was heard
 * by the first one yet; a greeting that has begun is cut.
 */
export class WakeUps {
  readonly #clock: Clock;
  #event: Event | undefined;

  /** Nobody is woken. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A device was woken, one of `devices` in the room; what it was told is void once `signal` aborts before. */
  async wake(
    woken: Woken,
    { devices, signal }: { readonly devices: number; readonly signal: AbortSignal },
  ): Promise<WakeVerdict> {
    const claim: Claim = { woken, verdict: Promise.withResolvers(), levelDb: woken.levelDb() };
    const event = this.#current();
    this.#drop(woken, event);
    if (event.decided) return this.#late(claim, event);
    event.claims.add(claim);
    const onAbort = () => this.#withdraw(claim, event);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    else if (
      event.claims.size >= devices && [...event.claims].every(({ levelDb }) => levelDb !== undefined)
    ) {
      this.#decide(event);
    }
    try {
      return await claim.verdict.promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** A device has left, and answers nobody. */
  leave(woken: Woken): void {
    const event = this.#event;
    if (event === undefined) return;
    this.#drop(woken, event);
    if (event.claims.size === 0 && event.winner === undefined) this.#end(event);
  }

  /** The event that a wake-up now belongs to. */
  #current(): Event {
    const nowMs = this.#clock.nowMs();
    if (this.#event !== undefined && nowMs - this.#event.beganMs <= TOGETHER_MS) return this.#event;
    if (this.#event !== undefined) this.#end(this.#event);
    const event: Event = {
      beganMs: nowMs,
      claims: new Set(),
      decided: false,
      winner: undefined,
      cancelTimer: this.#clock.schedule(WINDOW_MS, () => this.#decide(event)),
    };
    return this.#event = event;
  }

  /** The time is over: of those whose loudness is known the loudest answers, else the first. */
  #decide(event: Event): void {
    event.cancelTimer();
    event.decided = true;
    const claims = [...event.claims];
    event.claims.clear();
    let winner: Claim | undefined;
    for (const claim of claims) {
      claim.levelDb ??= claim.woken.levelDb();
      if (winner === undefined || (claim.levelDb ?? -Infinity) > (winner.levelDb ?? -Infinity)) {
        winner = claim;
      }
    }
    event.winner = winner;
    for (const claim of claims) {
      claim.verdict.resolve({ answers: claim === winner, certain: isCertain(claim, winner) });
    }
  }

  /** One comes when it was decided already. */
  #late(claim: Claim, event: Event): WakeVerdict {
    const { winner } = event;
    if (winner !== undefined) {
      const certain = isCertain(claim, winner);
      const louderDb = (claim.levelDb ?? -Infinity) - (winner.levelDb ?? -Infinity);
      if (!certain || louderDb < TAKE_OVER_DB || !winner.woken.mayYield()) return { answers: false, certain };
    }
    event.winner = claim;
    winner?.woken.onTakenOver(); // may leave
    return { answers: true, certain: true };
  }

  /** A claim of the same device counts no more. */
  #drop(woken: Woken, event: Event): void {
    for (const claim of event.claims) if (claim.woken === woken) this.#withdraw(claim, event);
    if (event.winner?.woken === woken) event.winner = undefined;
  }

  #withdraw(claim: Claim, event: Event): void {
    if (!event.claims.delete(claim)) return;
    claim.verdict.resolve({ answers: false, certain: false });
  }

  #end(event: Event): void {
    event.cancelTimer();
    for (const claim of event.claims) this.#withdraw(claim, event);
    this.#event = undefined;
  }
}

function isCertain(claim: Claim, winner: Claim | undefined): boolean {
  return claim.levelDb !== undefined && winner?.levelDb !== undefined;
}
