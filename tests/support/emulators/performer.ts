import type { Renderer } from "./dialect.ts";
import type { Script } from "./script.ts";

/** What a performer can do to its connection. */
interface Havoc {
  drop(): void;
  giant(): void;
  trickle(): void;
  stopReading(): void;
  /** What `say` writes leaves in one go. */
  gather(say: () => void): void;
}

/** How often a flood repeats itself: more than anybody takes. */
const FLOOD = 21_000;

/**
 * Follows a script on one connection: a word whenever there was enough sound, everything that is left when the
 * sound has ended, and the fault when its time has come.
 */
export class Performer {
  renderer: Renderer | undefined;
  /** How much sound came, in ms. */
  heardMs = 0;
  readonly #script: Script;
  readonly #havoc: Havoc;
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  readonly #cues: readonly (() => void)[];
  #played = 0;
  #broken = false;
  #stopped = false;

  constructor(script: Script, havoc: Havoc) {
    this.#script = script;
    this.#havoc = havoc;
    this.#cues = (script.sentences ?? []).flatMap(({ partials, final }, index) => [
      ...partials.map((text) => () => this.renderer?.partial(text, index)),
      () => this.renderer?.final(final, index),
    ]);
  }

  /** Whether its fault has come: then it says nothing more of its own. */
  get broken(): boolean {
    return this.#broken;
  }

  /** It was asked to begin; `false` when something goes wrong instead. */
  start(): boolean {
    return !this.#breaks("start");
  }

  /** More sound came. */
  audio(ms: number): void {
    this.heardMs += ms;
    const { everyMs = 100 } = this.#script;
    while (this.#played < this.#cues.length && this.heardMs >= (this.#played + 1) * everyMs) {
      if (this.#played === 1 && this.#breaks("mid")) return;
      this.#play();
    }
  }

  /** The sound has ended. A service that heard nothing says nothing. */
  finish(): void {
    if (this.#breaks("finish")) return;
    if (this.#broken) return;
    while (this.heardMs > 0 && this.#played < this.#cues.length) this.#play();
    this.#later(() => this.renderer?.end());
  }

  /** The connection is gone. */
  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #play(): void {
    const cue = this.#cues[this.#played++];
    if (cue !== undefined && !this.#broken) this.#later(cue);
  }

  #later(action: () => void): void {
    const { delayMs = 0 } = this.#script;
    if (this.#stopped) return;
    if (delayMs === 0) return action();
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, delayMs);
    this.#timers.add(timer);
  }

  #breaks(at: "start" | "mid" | "finish"): boolean {
    const { fault } = this.#script;
    if (fault?.at !== at || this.#broken) return false;
    this.#broken = true;
    switch (fault.what) {
      case "error":
        this.renderer?.error(fault.kind);
        break;
      case "drop":
        this.#havoc.drop();
        break;
      case "giant":
        this.#havoc.giant();
        break;
      case "trickle":
        this.#havoc.trickle();
        break;
      case "flood":
        this.#havoc.gather(() => {
          for (let index = 0; index < FLOOD; index++) this.renderer?.partial(`word ${index}`, 0);
        });
        break;
      case "hang":
        this.#havoc.stopReading();
    }
    return true;
  }
}
