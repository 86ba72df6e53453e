import type { ShownEngineStats } from "../../engine/mod.ts";
import type { Clock, Scope } from "../../lifecycle/mod.ts";

/** How often it looks, in ms. */
export const LOOK_MS = 100;

/**
 * Of so many looks in a row the middle one counts: a pause for garbage collection fills one or two of them, and what lasts
 * is seen after three.
 */
const LOOKS = 5;

/** Of the verdicts between two looks so many are kept, of which the ninth of ten counts: one device's flood is not it. */
const MAX_VERDICTS = 512;
const VERDICT_SHARE = 0.9;

/** How far back it is seen how fast the detector falls behind, in looks, */
const SLOPE_LOOKS = 10;
/** and the pace of the engine, which finishes a few jobs a second. */
const PACE_LOOKS = 20;

/** What may be late; each has its bound, at which it is full. */
export type LoadPart = "event_loop" | "detector" | "engine";

/** All of them. */
export const LOAD_PARTS: readonly LoadPart[] = ["event_loop", "detector", "engine"];

/** The bound of each, as a multiple of how late hearing may be: a job of recognition is mostly begun ahead of its need. */
const BOUNDS: Readonly<Record<LoadPart, number>> = { event_loop: 2 / 3, detector: 1, engine: 2 };

const LANES = ["recognition", "streaming"] as const;

/** What a look has found. */
export interface LoadLook {
  /** How full the process is: 1 is full, and more is late. The worst of its parts. */
  readonly ratio: number;
  /** By how much the detector falls behind, in ms a ms: 0 where it keeps pace, 0.5 with twice what it can do. */
  readonly slope: number;
}

/** Options of a {@linkcode LoadMonitor}. */
export interface LoadMonitorOptions {
  /** Owns its timer. */
  readonly scope: Scope;
  /** The time source. */
  readonly clock: Clock;
  /** How late speech may be found, in ms. */
  readonly lateMs: number;
  /** The state of the engine. */
  readonly engine: () => Pick<ShownEngineStats, "recognition" | "streaming">;
  /** Told what each look has found; must not throw. */
  readonly onLook: (look: LoadLook) => void;
}

/** Says how full the process is, by how late it is with what cannot wait: one timer, whatever is connected. */
export class LoadMonitor {
  readonly #options: LoadMonitorOptions;
  readonly #looks: Readonly<Record<LoadPart, number[]>> = { event_loop: [], detector: [], engine: [] };
  readonly #verdictsMs: number[] = [];
  #verdicts = 0;
  /** What the engine had done at each of the last looks, by lane. */
  readonly #done: Readonly<Record<(typeof LANES)[number], number[]>> = { recognition: [], streaming: [] };
  /** When a lane had nothing waiting the last time. */
  readonly #emptyMs: Record<(typeof LANES)[number], number>;
  #dueMs = 0;
  #cancel = () => {};

  /** Looks from now on, until the scope closes. */
  constructor(options: LoadMonitorOptions) {
    this.#options = options;
    const nowMs = options.clock.nowMs();
    this.#emptyMs = { recognition: nowMs, streaming: nowMs };
    this.#arm();
    options.scope.own("load monitor", () => this.#cancel());
  }

  /** How full the process is; 1 is full. */
  get ratio(): number {
    return Math.max(...LOAD_PARTS.map((part) => this.ratioOf(part)));
  }

  /** How full one part is. */
  ratioOf(part: LoadPart): number {
    return middle(this.#looks[part]) / (this.#options.lateMs * BOUNDS[part]);
  }

  /** The detector gave a verdict about sound that had come so long before. */
  judged(lateMs: number): void {
    this.#verdictsMs[this.#verdicts++ % MAX_VERDICTS] = lateMs;
  }

  #arm(): void {
    const { clock } = this.#options;
    this.#dueMs = clock.nowMs() + LOOK_MS;
    this.#cancel = clock.schedule(LOOK_MS, () => this.#look());
  }

  #look(): void {
    const { clock, onLook } = this.#options;
    const nowMs = clock.nowMs();
    this.#keep("event_loop", Math.max(0, nowMs - this.#dueMs));
    this.#keep("detector", shareOf(this.#verdictsMs, VERDICT_SHARE));
    this.#keep("engine", Math.max(...LANES.map((lane) => this.#waitOf(lane, nowMs))));
    this.#verdictsMs.length = this.#verdicts = 0;
    onLook({ ratio: this.ratio, slope: this.#slope });
    this.#arm();
  }

  #keep(part: LoadPart, lateMs: number): void {
    const looks = this.#looks[part];
    looks.push(lateMs);
    if (looks.length > SLOPE_LOOKS) looks.shift();
  }

  get #slope(): number {
    const [first = 0, ...others] = this.#looks.detector;
    const last = others.at(-1) ?? first;
    return Math.max(0, (last - first) / (LOOK_MS * Math.max(1, others.length)));
  }

  /** How long a job waits that comes now, by how many wait and how fast they are done; in ms. */
  #waitOf(lane: (typeof LANES)[number], nowMs: number): number {
    const { queued = 0, done = 0 } = this.#options.engine()[lane] ?? {};
    const before = this.#done[lane];
    before.push(done);
    if (before.length > PACE_LOOKS) before.shift();
    if (queued === 0) {
      this.#emptyMs[lane] = nowMs;
      return 0;
    }
    const jobs = done - (before[0] ?? done);
    const spanMs = LOOK_MS * (before.length - 1);
    return jobs > 0 ? queued * spanMs / jobs : nowMs - this.#emptyMs[lane];
  }
}

function middle(numbers: readonly number[]): number {
  return numbers.length < LOOKS ? 0 : shareOf(numbers.slice(-LOOKS), 0.5);
}

/** The number that so many of a hundred do not exceed; 0 of none. Sorts what it is given. */
function shareOf(numbers: number[], share: number): number {
  return numbers.sort((one, other) => one - other)[Math.floor(numbers.length * share)] ?? 0;
}
