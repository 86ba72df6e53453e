import type { Clock } from "../../lifecycle/mod.ts";
import type { LlmProviderRequest } from "../contract.ts";

/** How many are held; for one more the one that has rested longest begins anew. */
const MAX_HELD = 2_000;
/** How long one may rest unless its service keeps it shorter, in ms: for as long as our own history is told word for word. */
const REST_MS = 1_800_000;

/** A conversation whose history a service keeps. */
export interface Conversation {
  /** Its id at the service; `undefined` until it has one. */
  readonly id: string | undefined;
  /** The service calls it so, and goes on with it. */
  named(id: string): void;
  /** The service does not know it any more, or cannot go on with it: it has no id. */
  lost(): void;
}

/** Options of {@linkcode Conversations}. */
export interface ConversationsOptions {
  readonly clock: Clock;
  /** How long the service keeps one that rests, in ms. Default: 30 minutes. */
  readonly restMs?: number;
}

/** The conversations of all devices with one service that keeps their history, by the name that a device has here. */
export class Conversations {
  readonly #clock: Clock;
  readonly #restMs: number;
  /** As they were used last, the newest last. */
  readonly #held = new Map<string, HeldConversation>();
  #dropped = 0;

  /** Holds none. */
  constructor({ clock, restMs = REST_MS }: ConversationsOptions) {
    this.#clock = clock;
    this.#restMs = restMs;
  }

  /** How many are held, and how many were dropped for want of room. */
  get stats(): { readonly conversations: number; readonly conversationsDropped: number } {
    return { conversations: this.#held.size, conversationsDropped: this.#dropped };
  }

  /**
   * The conversation that a request belongs to: the one before, or a new one where nothing was said before, or long ago.
   * One that was forgotten meanwhile may be used to its end, and leaves nothing behind.
   */
  of({ conversation, history }: Pick<LlmProviderRequest, "conversation" | "history">): Conversation {
    const before = this.#held.get(conversation);
    const goesOn = before !== undefined && history.length > 0 && before.restedMs <= this.#restMs;
    const found = goesOn ? before : new HeldConversation(this.#clock);
    this.#held.delete(conversation);
    const [oldest] = this.#held.keys();
    if (oldest !== undefined && this.#held.size >= MAX_HELD) {
      this.#held.delete(oldest);
      this.#dropped++;
    }
    this.#held.set(conversation, found);
    return found;
  }

  /** What was said in it is erased: it begins anew. */
  forget(conversation: string): void {
    this.#held.delete(conversation);
  }
}

class HeldConversation implements Conversation {
  readonly #clock: Clock;
  #id: string | undefined;
  #usedMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#usedMs = clock.nowMs();
  }

  get id(): string | undefined {
    return this.#id;
  }

  get restedMs(): number {
    return this.#clock.nowMs() - this.#usedMs;
  }

  named(id: string): void {
    this.#id = id;
    this.#usedMs = this.#clock.nowMs();
  }

  lost(): void {
    this.#id = undefined;
  }
}
