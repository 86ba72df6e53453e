import type { AutomationFacts, AutomationPublisher } from "../automation/mod.ts";
import type { MemoryEntry } from "../memory/mod.ts";
import type { Identification } from "../voiceprint/mod.ts";
import { entryOf } from "./turn_entry.ts";
import type { TurnWords } from "./recognition.ts";
import type { Turn } from "./turn.ts";

/** Options of a {@linkcode SessionAutomation}. */
export interface SessionAutomationOptions {
  readonly sessionId: string;
  /** Absent where the device does not say who it is. */
  readonly deviceId: string | undefined;
  /** Absent where nothing is sent anywhere. */
  readonly publisher: AutomationPublisher | undefined;
  /** Whether it may be asked who speaks. */
  readonly asksSpeaker: boolean;
}

/** What home automation is told of a session's turns, where their agent has opted in. */
export class SessionAutomation {
  readonly #options: SessionAutomationOptions;
  /** How many wait to be told; each waits for a speaker at most, which has a deadline. */
  #waiting = 0;
  #told: Promise<void> = Promise.resolve();

  /** Tells nothing yet. */
  constructor(options: SessionAutomationOptions) {
    this.#options = options;
  }

  /** The words of a question are known; who speaks may be known a little later, and is waited for. */
  words(turn: Turn, { text, language }: TurnWords): void {
    const { kind, agent, recognition, id } = turn;
    if (agent.automation !== true || (kind !== "spoken" && kind !== "typed")) return;
    const facts = {
      type: "words",
      agent: agent.name,
      turn: this.#turnOf(id),
      text,
      language: language ?? agent.languages[0],
      source: kind,
    } as const;
    const speaker = this.#options.asksSpeaker && kind === "spoken" ? recognition.speaker : undefined;
    this.#tell((who) => ({ ...facts, ...speakerOf(who) }), speaker);
  }

  /** A turn is over: what came of its question is told. */
  answered(turn: Turn): void {
    const { agent, id, recognition } = turn;
    if (agent.automation !== true) return;
    const { sessionId, deviceId = sessionId } = this.#options;
    const entry = entryOf(turn, { sessionId, deviceId, nowMs: Date.now() });
    // What nobody asked is no answer, nor are words that nobody was to answer.
    if (entry === undefined || entry.user === "" || entry.outcome === "unanswered") return;
    const { outcome } = entry;
    const facts = {
      ...factsOf(entry),
      language: entry.language ?? agent.languages[0],
      outcome,
      agent: agent.name,
      turn: this.#turnOf(id),
      ...speakerOf(recognition.knownSpeaker),
    } as const;
    this.#tell(() => facts);
  }

  #turnOf(id: number): string {
    return `${this.#options.sessionId}/${id}`;
  }

  /** In their order, and at once unless somebody waits. */
  #tell(
    facts: (speaker: Identification | undefined) => AutomationFacts,
    speaker?: Promise<Identification | undefined>,
  ): void {
    const { publisher, deviceId } = this.#options;
    if (speaker === undefined && this.#waiting === 0) return publisher?.publish(facts(undefined), deviceId);
    this.#waiting++;
    this.#told = this.#told.then(() => speaker).then((who) => {
      this.#waiting--;
      publisher?.publish(facts(who), deviceId);
    });
  }
}

function factsOf({ user, answer, heardChars, code }: MemoryEntry) {
  return {
    type: "answer",
    text: answer,
    heard: answer.slice(0, heardChars),
    question: user,
    ...(code !== undefined && { code }),
  } as const;
}

function speakerOf(who: Identification | undefined): { readonly speaker?: string } {
  return who?.type === "identified" ? { speaker: who.speaker.name } : {};
}
