import { raceSignal } from "../lifecycle/mod.ts";
import type { PastTurn } from "./contract.ts";

/** How many turns are held of a device; more than a language model is told of. */
const MOST_TURNS = 200;

/** What is known of a device when its history is loaded. */
export interface LoadedHistory {
  /** Its last turns, oldest first. */
  readonly turns: readonly PastTurn[];
  /** Those before them in short; `""` for nothing. */
  readonly summary: string;
  /** The last turn that the summary tells of, in ms since 1970. */
  readonly throughMs: number;
}

/** What was said on one device, for the next answer: the same on every connection that it opens. */
export class DeviceHistory {
  #turns: readonly PastTurn[] = [];
  #summary = "";
  #summarizedMs = 0;
  #loaded: Promise<void>;

  /** Holds what `load` finds, and then what is added; without `load` it begins empty. */
  constructor(load?: () => Promise<LoadedHistory>) {
    this.#loaded = load === undefined ? Promise.resolve() : this.#load(load);
  }

  /** The turns, oldest first. */
  get turns(): readonly PastTurn[] {
    return this.#turns;
  }

  /** What was said before in short. */
  get summary(): string {
    return this.#summary;
  }

  /** Turns from before `beforeMs` of which no summary tells yet. */
  unsummarized(beforeMs: number): readonly PastTurn[] {
    return this.#turns.filter(({ atMs }) => atMs > this.#summarizedMs && atMs < beforeMs);
  }

  /** How many turns there were since `sinceMs`. */
  countSince(sinceMs: number): number {
    return this.#turns.reduce((count, { atMs }) => count + Number(atMs >= sinceMs), 0);
  }

  /** Resolves once what was said before is known, or `signal` aborts. */
  async ready(signal: AbortSignal): Promise<void> {
    await raceSignal(this.#loaded, signal).catch(() => {});
  }

  /** A turn has ended. */
  add(turn: PastTurn): void {
    this.#turns = [...this.#turns, turn].slice(-MOST_TURNS);
  }

  /** A summary tells of everything up to `throughMs`. */
  summarized(summary: string, throughMs: number): void {
    this.#summary = summary;
    this.#summarizedMs = throughMs;
  }

  async #load(load: () => Promise<LoadedHistory>): Promise<void> {
    try {
      const { turns, summary, throughMs } = await load();
      // What was said meanwhile is newer.
      this.#turns = [...turns, ...this.#turns].slice(-MOST_TURNS);
      this.#summary = summary;
      this.#summarizedMs = throughMs;
    } catch {
      // Without its past, a conversation begins anew; why it cannot be read is told where it is kept.
    }
  }
}
