import { EarshotError } from "../../errors/mod.ts";
import { raceSignal, systemClock } from "../../lifecycle/mod.ts";
import type { CallContext, Utterance } from "./call_context.ts";
import { LoadCall } from "./load_call.ts";
import { FAULTS } from "./load_report.ts";

/** As long as a person takes to press the button again; doubles while the server cannot be reached. */
const AWAY_MS = 1_000;
const LONGEST_AWAY_MS = 10_000;

/** A device that comes, talks, and comes back when its connection has ended, until its signal aborts. */
export class LoadDevice {
  /** Resolves with the first connection and rejects with the first failure to get one. */
  readonly connected: Promise<void>;
  readonly #connected = Promise.withResolvers<void>();
  readonly #context: CallContext;
  readonly #random: () => number;
  #said: number;

  /** `random` gives numbers from 0 up to 1. */
  constructor(context: CallContext, random: () => number) {
    this.#context = context;
    this.#random = random;
    // Devices begin with different utterances.
    this.#said = context.identity.index;
    this.connected = this.#connected.promise;
    this.connected.catch(() => {});
  }

  /** Talks until the signal aborts, and leaves nothing behind; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted;) {
      const beganMs = performance.now();
      try {
        const call = await LoadCall.open(this.#context, signal);
        failures = 0;
        this.#connected.resolve();
        await this.#talk(call, signal);
      } catch (thrown) {
        if (signal.aborted) break;
        const error = EarshotError.from(thrown);
        failures++;
        this.#connected.reject(error);
        this.#context.tally.failed(error, performance.now() - beganMs);
      }
      await pause(Math.min(LONGEST_AWAY_MS, AWAY_MS * 2 ** Math.max(0, failures - 1)), signal);
    }
    this.#connected.reject(new EarshotError("canceled", "Cannot go on: the run is over"));
  }

  async #talk(call: LoadCall, signal: AbortSignal): Promise<void> {
    const hangUp = () => call.hangUp();
    signal.addEventListener("abort", hangUp);
    if (signal.aborted) hangUp();
    try {
      while (!call.over.aborted && !signal.aborted) {
        // Else devices that came at once would speak at once for ever.
        await pause(this.#context.plan.pauseMs * (0.5 + this.#random()), call.over);
        if (!call.over.aborted && !signal.aborted) await call.say(this.#nextUtterance());
      }
      await call.closed;
    } finally {
      signal.removeEventListener("abort", hangUp);
      await call.close();
    }
  }

  #nextUtterance(): Utterance {
    const { utterances, faultShare, frameMs } = this.#context.plan;
    const packets = utterances[this.#said++ % utterances.length] ?? [];
    if (this.#random() >= faultShare) return { packets };
    const kind = FAULTS[Math.floor(this.#random() * FAULTS.length)] ?? "drop";
    return { packets, fault: { kind, afterMs: this.#random() * packets.length * frameMs } };
  }
}

/** Waits, but not longer than until the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const passed = Promise.withResolvers<void>();
  const cancel = systemClock.schedule(Math.max(0, ms), passed.resolve);
  try {
    await raceSignal(passed.promise, signal);
  } catch {
    // The caller looks at the signal.
  } finally {
    cancel();
  }
}
