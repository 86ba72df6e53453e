/** The events that can be asked for. */
export const EVENT_TYPES = ["words", "answer"] as const;

/** The version of the events; it counts up when a field changes its meaning or goes. */
const EVENT_VERSION = 1;

/** The longest text that an event bears, in UTF-16 units; what is beyond it is cut off. */
const MAX_TEXT_CHARS = 8_000;

/** What every event of a turn has. */
export interface TurnFacts {
  /** The agent, by its key in the config. */
  readonly agent: string;
  /** The same for the words and the answer of a turn. */
  readonly turn: string;
  /** The language (BCP 47) that was heard or that the agent usually hears. */
  readonly language: string;
  /** Who spoke, where that is known. */
  readonly speaker?: string | undefined;
}

/** The words of a turn: a final result, or what was typed. */
export interface WordsFacts extends TurnFacts {
  /** The discriminator. */
  readonly type: "words";
  readonly text: string;
  readonly source: "spoken" | "typed";
}

/** What came of a question. */
export interface AnswerFacts extends TurnFacts {
  /** The discriminator. */
  readonly type: "answer";
  /** What was answered, spoken or not. */
  readonly text: string;
  /** As much of it as the device has played. */
  readonly heard: string;
  /** What was asked; with the words of an answer that was withdrawn for it. */
  readonly question: string;
  readonly outcome: "answered" | "interrupted" | "failed";
  /** Why it failed: a code of `docs/errors.md`. */
  readonly code?: string | undefined;
}

/** What a session tells of a turn. */
export type AutomationFacts = WordsFacts | AnswerFacts;

/** The device of an event. */
export interface EventDevice {
  /** Absent where the device does not say who it is. */
  readonly id?: string;
  /** What people call it, and where it stands, where the config says so. */
  readonly name?: string;
  readonly room?: string;
}

/** What every event has. */
export interface EventHead {
  readonly version: 1;
  /** Unique, and the same whenever the event is sent again. */
  readonly id: string;
  /** When it happened, as ISO 8601 in UTC. */
  readonly at: string;
}

/** What every event of a turn bears besides its facts. */
export interface TurnHead extends EventHead {
  readonly device: EventDevice;
  /** Whether a text was too long and is cut off. */
  readonly cut?: true;
}

/** An event as it is sent; `ping` is what `earshot check` sends. */
export type AutomationEvent =
  | (TurnHead & WordsFacts)
  | (TurnHead & AnswerFacts)
  | (EventHead & { readonly type: "ping" });

/** An event as it waits and is sent. */
export interface OutgoingEvent {
  readonly id: string;
  readonly type: AutomationEvent["type"];
  readonly device: EventDevice;
  /** The event as JSON, UTF-8. */
  readonly body: Uint8Array<ArrayBuffer>;
}

/** An event with what every one of its kind has. */
export function eventOf(
  facts: AutomationFacts,
  { id, atMs, device }: { readonly id: string; readonly atMs: number; readonly device: EventDevice },
): AutomationEvent {
  const head = { version: EVENT_VERSION, id, at: new Date(atMs).toISOString(), device } as const;
  const texts = facts.type === "words" ? [facts.text] : [facts.text, facts.heard, facts.question];
  const cut = texts.some((text) => text.length > MAX_TEXT_CHARS) ? { cut: true } as const : {};
  if (facts.type === "words") return { ...head, ...facts, text: shortened(facts.text), ...cut };
  const { text, heard, question } = facts;
  return {
    ...head,
    ...facts,
    text: shortened(text),
    heard: shortened(heard),
    question: shortened(question),
    ...cut,
  };
}

/** The event that tries a webhook out. */
export function pingEvent(atMs: number): AutomationEvent {
  return { version: EVENT_VERSION, id: crypto.randomUUID(), type: "ping", at: new Date(atMs).toISOString() };
}

/** The event as it is sent. */
export function outgoing(event: AutomationEvent): OutgoingEvent {
  const { id, type } = event;
  const device = event.type === "ping" ? {} : event.device;
  return { id, type, device, body: new TextEncoder().encode(JSON.stringify(event)) };
}

/** Without half a character at its end. */
function shortened(text: string): string {
  return text.length <= MAX_TEXT_CHARS ? text : text.slice(0, MAX_TEXT_CHARS).replace(/[\ud800-\udbff]$/, "");
}
