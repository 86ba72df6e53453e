import type { ShownEngineStats } from "../../engine/mod.ts";
import { EarshotError } from "../../errors/mod.ts";
import type { Clock, Scope } from "../../lifecycle/mod.ts";
import { AdaptiveLimit } from "./adaptive_limit.ts";
import { type ListeningPlace, ListeningPlaces } from "./listening_places.ts";
import { type LoadLook, LoadMonitor, type LoadPart } from "./load_monitor.ts";

export type { ListeningPlace } from "./listening_places.ts";

/** How long it counts as full after it was, in ms, so that nobody is sent here and away by turns. */
const LASTS_MS = 5_000;

/** Options of an {@linkcode Overload}. */
export interface OverloadOptions {
  /** Owns its timer. */
  readonly scope: Scope;
  /** The time source. */
  readonly clock: Clock;
  /** How late speech may be found before somebody is refused, in ms; 0 refuses nobody. */
  readonly lateMs: number;
  /** The state of the engine. */
  readonly engine: () => Pick<ShownEngineStats, "recognition" | "streaming">;
  /** Told when the process is full, and when it is no more; must not throw. */
  readonly onChange?: (overloaded: boolean) => void;
}

/** What an {@linkcode Overload} shows. */
export interface OverloadStats {
  /** How full the process is: 1 is full, and more is late. */
  readonly ratio: number;
  /** Whether somebody would be refused. */
  readonly overloaded: boolean;
  /** Devices that are heard. */
  readonly heard: number;
  /** How many may be; without an end before it was too late for the first time. */
  readonly limit: number;
  /** Devices that wait until they are heard. */
  readonly waiting: number;
  /** Turns that were refused in words. */
  readonly turnsRefused: number;
  /** Devices that were refused. */
  readonly devicesRefused: number;
}

/**
 * Keeps the process from being asked for more than it can do in time: who could only be late is refused in words, before
 * those that are heard suffer. Turns under way are never touched.
 */
export class Overload {
  readonly #options: OverloadOptions;
  readonly #limit = new AdaptiveLimit();
  readonly #places: ListeningPlaces;
  readonly #monitor: LoadMonitor;
  #fullMs = -Infinity;
  #overloaded = false;
  #turnsRefused = 0;
  #devicesRefused = 0;

  /** Watches from now on; nobody is refused yet. */
  constructor(options: OverloadOptions) {
    this.#options = options;
    this.#places = new ListeningPlaces({ clock: options.clock, limit: () => this.#limit.limit });
    this.#monitor = new LoadMonitor({
      ...options,
      lateMs: options.lateMs === 0 ? Infinity : options.lateMs,
      onLook: (look) => this.#look(look),
    });
  }

  /** A snapshot. */
  get stats(): OverloadStats {
    const { held: heard, waiting } = this.#places.stats;
    return {
      ratio: this.#monitor.ratio,
      overloaded: this.#overloaded,
      heard,
      limit: this.#limit.limit,
      waiting,
      turnsRefused: this.#turnsRefused,
      devicesRefused: this.#devicesRefused,
    };
  }

  /** Whether others would be heard in the place of who is. */
  get contended(): boolean {
    return this.#places.contended;
  }

  /** How full one part of the process is. */
  ratioOf(part: LoadPart): number {
    return this.#monitor.ratioOf(part);
  }

  /** The detector gave a verdict about sound that had come so long before. */
  judged(lateMs: number): void {
    this.#monitor.judged(lateMs);
  }

  /** The place of one device among those that are heard; see {@linkcode ListeningPlaces.open}. */
  openPlace(onGiven: () => void): ListeningPlace {
    return this.#places.open(onGiven);
  }

  /** Counts a turn of which the device is told that it is refused. */
  countTurn(): void {
    this.#turnsRefused++;
  }

  /**
   * A device wants to connect.
   *
   * @throws {EarshotError} `server.overloaded`
   */
  admitDevice(): void {
    if (!this.#overloaded) return;
    this.#devicesRefused++;
    throw overloaded("Cannot take a device now");
  }

  #look(look: LoadLook): void {
    const nowMs = this.#options.clock.nowMs();
    const { held, waiting } = this.#places.stats;
    this.#limit.look(look, { held, waiting }, nowMs);
    this.#places.give();
    if (waiting > 0 || held >= this.#limit.limit) this.#fullMs = nowMs;
    const isFull = nowMs - this.#fullMs < LASTS_MS;
    if (isFull === this.#overloaded) return;
    this.#overloaded = isFull;
    this.#options.onChange?.(isFull);
  }
}

/** Why nobody more is heard. */
export function overloaded(what: string): EarshotError {
  return new EarshotError(
    "server.overloaded",
    `${what}: as many devices are heard as this machine can hear in time`,
  );
}
