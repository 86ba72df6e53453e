import type { Agent } from "../agents/mod.ts";
import type { Scope } from "../lifecycle/mod.ts";
import type { ListenMode } from "../protocol/mod.ts";
import { Recognition, type RecognitionOptions } from "./recognition.ts";

/** Options of a {@linkcode Turn}. */
export interface TurnOptions extends RecognitionOptions {
  /** Counts up within the session. */
  readonly id: number;
  /** The mode in which it began. */
  readonly mode: ListenMode;
}

/** Where a turn stands: nobody has spoken yet, somebody speaks, the words are being found, they are answered. */
export type TurnPhase = "waiting" | "hearing" | "recognizing" | "answering";

/**
 * One utterance and its answer. All that it holds belongs to its scope, which closes when the last of its answer has left
 * for the device; closed before, nothing more of it is sent.
 */
export class Turn {
  readonly id: number;
  readonly mode: ListenMode;
  readonly agent: Agent;
  /** Its words; who listens tells it of the sound. */
  readonly recognition: Recognition;
  readonly #scope: Scope;
  #answering = false;

  /** Creates a turn that waits for speech. */
  constructor(options: TurnOptions) {
    this.id = options.id;
    this.mode = options.mode;
    this.agent = options.agent;
    this.recognition = new Recognition(options);
    this.#scope = options.scope;
  }

  /** Where it stands. */
  get phase(): TurnPhase {
    return this.#answering ? "answering" : this.recognition.phase;
  }

  /** Aborts when it is given up, or over. */
  get signal(): AbortSignal {
    return this.#scope.signal;
  }

  /** Whether it is for the recognizer to say when the utterance has ended; with a button, the device does. */
  get endsByService(): boolean {
    return this.agent.pipeline.endpointing === "service" && this.mode !== "manual";
  }

  /** The words are known: what is sent from now on answers them. */
  answer(): void {
    this.#answering = true;
  }

  /** Ends it and frees what it holds; before its answer has left, that cancels it. */
  async close(): Promise<void> {
    await this.#scope.close();
  }
}
