import { getLogger } from "@logtape/logtape";
import type { Clock, Scope } from "../lifecycle/mod.ts";
import type { Answerer } from "../llm/mod.ts";
import type { Memory } from "../memory/mod.ts";
import type { PastTurn } from "./contract.ts";
import type { DeviceHistories } from "./device_histories.ts";
import type { DeviceHistory } from "./device_history.ts";
import { summarize, turnsToSummarize } from "./summary.ts";

/** How many are written at once. */
const MOST_ACTIVE = 2;
/** How many devices may wait; one more comes again with its next turn. */
const MOST_WAITING = 1_000;
/** How long one may take, in ms. */
const DEADLINE_MS = 60_000;
/** When one that failed is tried again, in ms, */
const RETRY_MS = 600_000;
/** and one that had no place at the language model, or lost it to a question. */
const BUSY_MS = 60_000;

const logger = getLogger(["earshot", "dialogue"]);

/** Options of {@linkcode Summaries}. */
export interface SummariesOptions {
  /** Owns what is under way: the process's, since sessions end before it. */
  readonly scope: Scope;
  readonly clock: Clock;
  /** The time of day, in ms since 1970. */
  readonly wallMs: () => number;
  readonly histories: DeviceHistories;
  /** Keeps what is written; without it a summary lives as long as the process. */
  readonly memory?: Pick<Memory, "saveSummary"> | undefined;
}

/** What writes a summary. */
export interface SummaryWriter {
  readonly answerer: Pick<Answerer, "ask" | "capabilities">;
  /** The language of the summary (BCP 47). */
  readonly language: string;
}

/** What became of summaries. */
export interface SummariesStats {
  readonly active: number;
  readonly waiting: number;
  readonly written: number;
  readonly failed: number;
  /** Had no place at the language model, or lost it to a question. */
  readonly busy: number;
  /** Not tried because too many waited. */
  readonly refused: number;
}

interface Waiting {
  readonly writer: SummaryWriter;
  readonly notBeforeMs: number;
}

/**
 * Writes down in short what was said long ago, in the background. It only ever takes a place at a language model that
 * nobody needs, and gives it up to any question; what fails leaves the summary before as it is.
 */
export class Summaries {
  readonly #options: SummariesOptions;
  readonly #waiting = new Map<string, Waiting>();
  readonly #active = new Map<string, AbortController>();
  #cancelTimer = () => {};
  #written = 0;
  #failed = 0;
  #busy = 0;
  #refused = 0;

  /** Writes nothing yet. */
  constructor(options: SummariesOptions) {
    this.#options = options;
    options.scope.own("summaries", () => this.#cancelTimer());
  }

  /** What became of them. */
  get stats(): SummariesStats {
    return {
      active: this.#active.size,
      waiting: this.#waiting.size,
      written: this.#written,
      failed: this.#failed,
      busy: this.#busy,
      refused: this.#refused,
    };
  }

  /** Something was said on a device, or it came or went: its summary is written soon if it is due. Never throws. */
  consider(deviceId: string, writer: SummaryWriter): void {
    const [{ stateless, scripted = false }] = writer.answerer.capabilities;
    const { scope, histories } = this.#options;
    if (!stateless || scripted || scope.state !== "open") return;
    void histories.of(deviceId).ready(scope.signal).then(() => {
      if (this.#due(histories.of(deviceId)).length > 0) this.#add(deviceId, writer);
    });
  }

  /** Everything that a device has said is erased: nothing of it is written from now on. */
  forget(deviceId: string): void {
    this.#waiting.delete(deviceId);
    this.#active.get(deviceId)?.abort();
  }

  #due({ turns, summarizedThroughMs }: DeviceHistory): readonly PastTurn[] {
    return turnsToSummarize(turns, { nowMs: this.#options.wallMs(), summarizedThroughMs });
  }

  #add(deviceId: string, writer: SummaryWriter, notBeforeMs = -Infinity): void {
    if (this.#options.scope.state !== "open" || this.#active.has(deviceId)) return;
    const waiting = this.#waiting.get(deviceId);
    if (waiting === undefined && this.#waiting.size >= MOST_WAITING) {
      this.#refused++;
      return;
    }
    this.#waiting.set(deviceId, { writer, notBeforeMs: waiting?.notBeforeMs ?? notBeforeMs });
    this.#pump();
  }

  #pump(): void {
    this.#cancelTimer();
    const { scope, clock } = this.#options;
    const nowMs = clock.nowMs();
    let nextMs = Infinity;
    for (const [deviceId, { writer, notBeforeMs }] of this.#waiting) {
      if (scope.state !== "open" || this.#active.size >= MOST_ACTIVE) return;
      if (notBeforeMs > nowMs) {
        nextMs = Math.min(nextMs, notBeforeMs);
        continue;
      }
      this.#waiting.delete(deviceId);
      const life = new AbortController();
      this.#active.set(deviceId, life);
      scope.run("summary", (signal) => this.#write(deviceId, writer, AbortSignal.any([signal, life.signal])));
    }
    if (nextMs < Infinity) this.#cancelTimer = clock.schedule(nextMs - nowMs, () => this.#pump());
  }

  async #write(deviceId: string, writer: SummaryWriter, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    let waitMs: number | undefined;
    try {
      waitMs = await this.#try(deviceId, writer, signal);
    } finally {
      this.#active.delete(deviceId);
      if (!signal.aborted && waitMs !== undefined) this.#add(deviceId, writer, clock.nowMs() + waitMs);
      this.#pump();
    }
  }

  /** Writes one; gives how long to wait before the next try, in ms, where there is to be one. */
  async #try(
    deviceId: string,
    { answerer, language }: SummaryWriter,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const { clock, histories, memory } = this.#options;
    const before = histories.of(deviceId);
    const turns = this.#due(before);
    if (turns.length === 0) return undefined;
    const outcome = await summarize({ summary: before.summary, turns, language }, {
      // A flow of its own, so that it never stands in the way of the device's questions.
      ask: (request, life) =>
        answerer.ask(request, { signal: life, flow: `summary of ${deviceId}`, ahead: true }),
      signal,
      deadlineMs: DEADLINE_MS,
      clock,
    });
    if (signal.aborted) return undefined;
    if (outcome.type === "failed") {
      const { code, message } = outcome.error;
      const isBusy = code === "llm.busy";
      if (isBusy) this.#busy++;
      else this.#failed++;
      logger.debug("A summary stays as it is: {message}", { code, message });
      return isBusy ? BUSY_MS : RETRY_MS;
    }
    const { text, throughAtMs } = outcome;
    const now = histories.of(deviceId);
    now.summarized(text, throughAtMs);
    memory?.saveSummary(deviceId, { text, throughAtMs });
    this.#written++;
    return this.#due(now).length > 0 ? 0 : undefined;
  }
}
