import type { MemoryEntry } from "./entry.ts";
import type { MemorySummary } from "./summary.ts";

/** So many turns of a device are kept at hand, unless more were asked for. */
const TURNS = 20;
/** What all devices may have at hand together, in characters; two bytes each at most. */
const MAX_CHARS = 4_194_304;
/** What a turn takes besides its texts, as characters. */
const TURN_CHARS = 512;

/** What is known of a device. */
export interface Recalled {
  /** Its last turns, the oldest of them first. */
  readonly turns: readonly MemoryEntry[];
  /** What it said before, in short. */
  readonly summary: MemorySummary | undefined;
}

/** Reads the last turns of a device, as many as are wanted, and its summary. */
export type ReadRecent = (deviceId: string, limit: number) => Promise<Recalled>;

interface Known {
  turns: readonly MemoryEntry[];
  summary: MemorySummary | undefined;
  /** How many turns are kept. */
  readonly limit: number;
  /** Whether the device has no more than these. */
  complete: boolean;
  chars: number;
}

interface Reading {
  readonly limit: number;
  readonly result: Promise<Recalled>;
}

/**
 * The last turns of the devices that speak now, at hand: the files alone would cost a turn that comes after half a
 * minute of silence the start of a Worker, 100 ms and more. What was not used for the longest goes first.
 */
export class RecentTurns {
  readonly #read: ReadRecent;
  readonly #known = new Map<string, Known>();
  readonly #readings = new Map<string, Reading>();
  #chars = 0;
  #found = 0;
  #missed = 0;

  /** Nothing is known; `read` reads the files. */
  constructor(read: ReadRecent) {
    this.#read = read;
  }

  /** How often a device was at hand, and how often the files had to be read. */
  get stats(): { readonly found: number; readonly read: number } {
    return { found: this.#found, read: this.#missed };
  }

  /** What is known of a device; of turns that are older than `oldestMs` nothing. Rejects as reading does. */
  async of(deviceId: string, limit: number, oldestMs: number): Promise<Recalled> {
    const known = this.#known.get(deviceId);
    const [first] = known?.turns ?? [];
    if (known !== undefined && (first === undefined || first.atMs >= oldestMs)) {
      if (known.complete || limit <= known.limit) {
        this.#found++;
        // The last of the map is the last to go.
        this.#known.delete(deviceId);
        this.#known.set(deviceId, known);
        return { turns: limit > 0 ? known.turns.slice(-limit) : [], summary: known.summary };
      }
    }
    const { turns, summary } = await this.#reading(deviceId, Math.max(limit, TURNS));
    return { turns: limit > 0 ? turns.slice(-limit) : [], summary };
  }

  /** A turn is over. */
  add(entry: MemoryEntry): void {
    const { deviceId } = entry;
    this.#readings.delete(deviceId);
    const known = this.#known.get(deviceId);
    if (known === undefined || known.turns.some(({ key }) => key === entry.key)) return;
    const turns = [...known.turns, entry];
    const complete = known.complete && turns.length <= known.limit;
    this.#keep(deviceId, { ...known, turns: turns.slice(-known.limit), complete });
  }

  /** A device has another summary. */
  summarized(deviceId: string, summary: MemorySummary): void {
    this.#readings.delete(deviceId);
    const known = this.#known.get(deviceId);
    if (known !== undefined) this.#keep(deviceId, { ...known, summary });
  }

  /** What is known of a device may be wrong. */
  drop(deviceId: string): void {
    this.#readings.delete(deviceId);
    this.#chars -= this.#known.get(deviceId)?.chars ?? 0;
    this.#known.delete(deviceId);
  }

  /** What is known of any device may be wrong. */
  clear(): void {
    this.#readings.clear();
    this.#known.clear();
    this.#chars = 0;
  }

  /** One at a time of a device; one that something has happened since is neither joined nor kept. */
  #reading(deviceId: string, limit: number): Promise<Recalled> {
    const under = this.#readings.get(deviceId);
    if (under !== undefined && under.limit >= limit) return under.result;
    this.#missed++;
    const reading = { limit, result: this.#read(deviceId, limit) };
    this.#readings.set(deviceId, reading);
    const ended = (recalled?: Recalled) => {
      if (this.#readings.get(deviceId) !== reading) return;
      this.#readings.delete(deviceId);
      if (recalled === undefined) return;
      const { turns, summary } = recalled;
      this.#keep(deviceId, { turns, summary, limit, complete: turns.length < limit, chars: 0 });
    };
    reading.result.then(ended, () => ended());
    return reading.result;
  }

  #keep(deviceId: string, known: Known): void {
    this.drop(deviceId);
    const chars = known.turns.reduce((sum, turn) => sum + charsOf(turn), known.summary?.text.length ?? 0);
    this.#known.set(deviceId, { ...known, chars });
    this.#chars += chars;
    for (const other of this.#known.keys()) {
      if (this.#chars <= MAX_CHARS) return;
      this.drop(other);
    }
  }
}

function charsOf({ user, answer, steps }: MemoryEntry): number {
  return TURN_CHARS + user.length + answer.length + (steps.length === 0 ? 0 : JSON.stringify(steps).length);
}
