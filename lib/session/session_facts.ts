import type { Agent } from "../agents/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import type { Scope } from "../lifecycle/mod.ts";

/** Options of {@linkcode SessionFacts}. */
export interface SessionFactsOptions {
  /** The session's scope; closing it ends what is under way. */
  readonly scope: Scope;
  readonly deviceId: string | undefined;
  /** Told each time that an agent's facts were read, or could not be, and why; must not throw. */
  readonly onRead: (agent: string, error: EarshotError | undefined) => void;
}

/**
 * What the language models of a session's agents should know, as their addresses tell it: asked for once, so that what a
 * model is told stays the same, byte for byte, as long as the connection lasts.
 */
export class SessionFacts {
  readonly #options: SessionFactsOptions;
  readonly #facts = new Map<string, Promise<string>>();

  /** Asks nobody yet. */
  constructor(options: SessionFactsOptions) {
    this.#options = options;
  }

  /** What an agent's model should know; `""` for nothing. Asks with the first call; never rejects. */
  of({ name, answers }: Agent): Promise<string> {
    let facts = this.#facts.get(name);
    if (facts === undefined) {
      facts = answers?.context === undefined ? Promise.resolve("") : this.#read(name, answers.context);
      this.#facts.set(name, facts);
    }
    return facts;
  }

  #read(name: string, context: NonNullable<NonNullable<Agent["answers"]>["context"]>): Promise<string> {
    const { scope, deviceId, onRead } = this.#options;
    if (scope.state !== "open") return Promise.resolve("");
    const { promise, resolve } = Promise.withResolvers<string>();
    scope.run(`facts of ${name}`, async (signal) => {
      let facts = "";
      try {
        facts = await context.read(deviceId, signal);
        onRead(name, undefined);
      } catch (thrown) {
        const error = EarshotError.from(thrown);
        if (!signal.aborted) onRead(name, error);
      } finally {
        resolve(facts);
      }
    });
    return promise;
  }
}
