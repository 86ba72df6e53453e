import type { AnswerSettings } from "../agents/mod.ts";
import type { Clock, Scope } from "../lifecycle/mod.ts";
import { Toolbox, type ToolEvent, type ToolSource } from "../tools/mod.ts";
import type { Turn } from "./turn.ts";

/** What the tools of sessions need of the process. */
export interface ToolServices {
  /** What every device may have called where its agent says so. */
  readonly sources: readonly ToolSource[];
  /** Patterns of tools that ask back by voice, beside those that say so themselves. */
  readonly destructive: readonly string[];
  /** Told of each call. Must not throw. */
  readonly onEvent: (event: ToolEvent) => void;
}

/** Options of {@linkcode SessionTools}. */
export interface SessionToolsOptions {
  readonly scope: Scope;
  readonly clock: Clock;
  readonly services: ToolServices | undefined;
  /** The device's own tools, and those that belong to this session alone. */
  readonly own: (settings: AnswerSettings) => readonly ToolSource[];
  /** Whether the device is approved. */
  readonly trusted: () => boolean;
}

/** What may be called on a session's device, turn by turn. */
export class SessionTools {
  readonly #options: SessionToolsOptions;
  readonly #toolbox: Toolbox;

  /** Calls nothing yet. */
  constructor(options: SessionToolsOptions) {
    const { scope, clock, services } = options;
    this.#options = options;
    this.#toolbox = new Toolbox({ scope, clock, ...(services && { onEvent: services.onEvent }) });
  }

  /**
   * Gives a turn what its agent may call, once; nothing where its language model calls no tools. `before` is a turn whose
   * words it answers as well.
   */
  prepare(turn: Turn, settings: AnswerSettings, before: Turn | undefined): void {
    const [{ tools = false }] = settings.answerer.capabilities;
    if (!tools || turn.tools !== undefined) return;
    const { services, own, trusted } = this.#options;
    const sources = [...own(settings), ...services?.sources ?? []];
    turn.tools = this.#toolbox.turn(sources, {
      allow: settings.tools,
      destructive: services?.destructive ?? [],
      trusted: trusted(),
      before: before?.tools,
    });
  }
}
