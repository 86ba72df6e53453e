import { raceSignal } from "../lifecycle/mod.ts";
import type { PastTurn } from "./contract.ts";
import { TurnCount } from "./turn_count.ts";

/** How many turns are held of a device; more than a language model is told of. */
const MOST_TURNS = 200;
/** What their texts may be together, in UTF-16 units; the last turn is held whatever it is. */
const MOST_CHARS = 262_144;
/** What a turn takes besides its texts, as UTF-16 units. */
const TURN_CHARS = 64;

/** What is known of a device when its history is loaded. */
export interface LoadedHistory {
  /** Its last turns, oldest first. */
  readonly turns: readonly PastTurn[];
  /** Those before them in short; `""` for nothing. */
  readonly summary: string;
  /** The last turn that the summary tells of, in ms since 1970; -Infinity without one. */
  readonly throughMs: number;
}

/** What was said on one device, for the next answer: the same on every connection that it opens. */
export class DeviceHistory {
  #turns: readonly PastTurn[] = [];
  #chars = 0;
  #count = new TurnCount();
  #summary = "";
  #summarizedThroughMs = -Infinity;
  #loaded: Promise<void>;

  /** Holds what `load` finds, and then what is added; without `load` it begins empty. */
  constructor(load?: () => Promise<LoadedHistory>) {
    this.#loaded = load === undefined ? Promise.resolve() : this.#load(load);
  }

  /** The turns, oldest first. */
  get turns(): readonly PastTurn[] {
    return this.#turns;
  }

  /** What it holds, in UTF-16 units. */
  get chars(): number {
    return this.#chars + this.#summary.length;
  }

  /** What was said before in short. */
  get summary(): string {
    return this.#summary;
  }

  /** When the last turn was said that the summary tells of, in ms since 1970; -Infinity without one. */
  get summarizedThroughMs(): number {
    return this.#summarizedThroughMs;
  }

  /** How many turns were answered since `sinceMs`, the beginning of a day; also those that are not held any more. */
  countSince(sinceMs: number): number {
    return this.#count.since(sinceMs);
  }

  /** Resolves once what was said before is known, or `signal` aborts. */
  async ready(signal: AbortSignal): Promise<void> {
    await raceSignal(this.#loaded, signal).catch(() => {});
  }

  /** A turn has ended. */
  add(turn: PastTurn): void {
    this.#take([...this.#turns, turn]);
    this.#countIn(turn);
  }

  /** A summary tells of everything up to `throughMs`. */
  summarized(summary: string, throughMs: number): void {
    this.#summary = summary;
    this.#summarizedThroughMs = throughMs;
  }

  /** One that shares nothing with this one but how often something was answered: for what must not be remembered. */
  apart(): DeviceHistory {
    const other = new DeviceHistory();
    other.#count = this.#count;
    other.#loaded = this.#loaded;
    return other;
  }

  async #load(load: () => Promise<LoadedHistory>): Promise<void> {
    try {
      const { turns, summary, throughMs } = await load();
      // What was said meanwhile is newer, and may have been found as well.
      const held = new Set(this.#turns.map(({ atMs, user }) => `${atMs} ${user}`));
      const before = turns.filter(({ atMs, user }) => !held.has(`${atMs} ${user}`));
      for (const turn of before) this.#countIn(turn);
      this.#take([...before, ...this.#turns]);
      if (throughMs <= this.#summarizedThroughMs) return;
      this.#summary = summary;
      this.#summarizedThroughMs = throughMs;
    } catch {
      // Without its past, a conversation begins anew; why it cannot be read is told where it is kept.
    }
  }

  #countIn({ answer, atMs }: PastTurn): void {
    if (answer !== "") this.#count.add(atMs);
  }

  /** The newest that there is room for. */
  #take(turns: readonly PastTurn[]): void {
    let from = turns.length;
    let chars = 0;
    while (from > 0 && turns.length - from < MOST_TURNS) {
      const turn = turns[from - 1];
      const more = chars + (turn === undefined ? 0 : charsOf(turn));
      if (more > MOST_CHARS && from < turns.length) break;
      chars = more;
      from--;
    }
    this.#turns = turns.slice(from);
    this.#chars = chars;
  }
}

function charsOf({ user, answer, steps = [] }: PastTurn): number {
  const ofSteps = steps.map(({ tool, arguments: given, result }) =>
    tool.length + given.length + result.length
  );
  return TURN_CHARS + user.length + answer.length + ofSteps.reduce((sum, chars) => sum + chars, 0);
}
