import type { Agent } from "../agents/mod.ts";
import type { EarshotError } from "../errors/mod.ts";
import type { Scope } from "../lifecycle/mod.ts";
import type { ListenMode } from "../protocol/mod.ts";
import type { TurnTools } from "../tools/mod.ts";
import { Ahead } from "./answering/ahead.ts";
import type { Answered } from "./answering/answering.ts";
import { Recognition, type RecognitionOptions } from "./recognition.ts";

/** Options of a {@linkcode Turn}. */
export interface TurnOptions extends RecognitionOptions {
  /** Counts up within the session. */
  readonly id: number;
  readonly kind: TurnKind;
  /** The mode in which it began. */
  readonly mode: ListenMode;
}

/** What a turn answers: what was said, what was typed, that the device was woken; or nothing: it announces something. */
export type TurnKind = "spoken" | "typed" | "greeting" | "announcement";

/** What a turn has to tell when it is over. */
export interface TurnRecord {
  /** What was asked; with the words of an answer that was withdrawn for it. */
  readonly question: string;
  /** The language that was heard (BCP 47), where the recognizer says it. */
  readonly language?: string | undefined;
  /** How much of the sound was dropped, in ms. */
  readonly droppedMs?: number;
  /** What came of the answer, so far or in the end. */
  readonly answered?: () => Answered;
  /** What it failed with instead. */
  readonly error?: EarshotError;
}

/** Where a turn stands: nobody has spoken yet, somebody speaks, the words are being found, they are answered. */
export type TurnPhase = "waiting" | "hearing" | "recognizing" | "answering";

/**
 * One utterance and its answer. All that it holds belongs to its scope, which closes when the last of its answer has left
 * for the device; closed before, nothing more of it is sent.
 */
export class Turn {
  readonly id: number;
  readonly kind: TurnKind;
  readonly mode: ListenMode;
  readonly agent: Agent;
  /** Its words; who listens tells it of the sound. */
  readonly recognition: Recognition;
  /** Holds everything that belongs to it, until the last of its answer has left. */
  readonly scope: Scope;
  /** What is asked before its end is known. */
  readonly ahead: Ahead;
  /** What may be called to answer it, and what was called; absent before it is asked, or where nothing may be. */
  tools: TurnTools | undefined;
  #answering = false;
  #record: TurnRecord | undefined;

  /** Creates a turn that waits for speech. */
  constructor(options: TurnOptions) {
    this.id = options.id;
    this.kind = options.kind;
    this.mode = options.mode;
    this.agent = options.agent;
    this.recognition = new Recognition(options);
    this.scope = options.scope;
    this.ahead = new Ahead(options.scope);
  }

  /** Where it stands. */
  get phase(): TurnPhase {
    return this.#answering ? "answering" : this.recognition.phase;
  }

  /** Aborts when it is given up, or over. */
  get signal(): AbortSignal {
    return this.scope.signal;
  }

  /** Whether it is for the recognizer to say when the utterance has ended; with a button, the device does. */
  get endsByService(): boolean {
    return this.agent.pipeline.endpointing === "service" && this.mode !== "manual";
  }

  /** Whether somebody is known to speak: where the recognizer tells, once it has heard a word. */
  get heardSpeech(): boolean {
    return this.recognition.phase === "hearing" && (!this.endsByService || this.recognition.spoken);
  }

  /** The words are known: what is sent from now on answers them. */
  answer(): void {
    this.#answering = true;
  }

  /** What it has to tell; nothing where nobody spoke, or its words became another turn's. */
  get record(): TurnRecord | undefined {
    return this.#record;
  }

  /** What it will have to tell. */
  answered(record: TurnRecord): void {
    this.#record = { ...this.#record, ...record };
  }

  /** Its words are another turn's. */
  withdraw(): void {
    this.#record = undefined;
  }

  /** Ends it and frees what it holds; before its answer has left, that cancels it. */
  async close(): Promise<void> {
    await this.scope.close();
  }
}
