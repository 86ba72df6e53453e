import type { Agent } from "../agents/mod.ts";
import { DeviceHistory, pastTurnOf } from "../dialogue/mod.ts";
import { type DeviceIdentity, deviceKey } from "../protocol/mod.ts";
import type { SessionServices } from "./session.ts";
import { entryOf } from "./turn_entry.ts";
import type { Turn } from "./turn.ts";

/** Options of a {@linkcode SessionMemory}. */
export interface SessionMemoryOptions {
  readonly sessionId: string;
  /** Who the device says that it is. */
  readonly identity: Pick<DeviceIdentity, "deviceId" | "clientId">;
  /** Whether it is: else nothing is kept, and nothing told that was. */
  readonly trusted: boolean;
  readonly services: Pick<SessionServices, "histories" | "memory" | "summaries">;
}

/** What was said on a session's device: for its next answer, and as it is kept. */
export class SessionMemory {
  readonly #options: SessionMemoryOptions;
  /** What was said on this connection, where nothing is kept beyond it. */
  #own: DeviceHistory | undefined;

  /** Reads nothing yet. */
  constructor(options: SessionMemoryOptions) {
    this.#options = options;
  }

  /** The name of the conversation, for services that keep it: the device's, which nobody else gets. */
  get conversation(): string {
    const { trusted, sessionId, identity: { deviceId = sessionId } } = this.#options;
    return trusted ? deviceId : sessionId;
  }

  /** What was said before: that of the device where its agent keeps it, else of this connection alone. */
  historyOf({ memory }: { readonly memory: boolean }): DeviceHistory {
    const { identity, trusted, services: { histories } } = this.#options;
    const { deviceId } = identity;
    if (deviceId === undefined) return this.#own ??= new DeviceHistory();
    // How often it was answered is counted by both its ids: it neither learns what the device has left, nor takes it.
    if (!trusted) return this.#own ??= histories.of(deviceKey(identity)).apart();
    if (!memory) return this.#own ??= histories.of(deviceId).apart();
    return histories.of(deviceId);
  }

  /** What will be needed for the next answer is read while nobody waits for it. */
  prepare(agent: Agent): void {
    if (agent.answers === undefined) return;
    this.historyOf(agent.answers);
    this.summarize(agent);
  }

  /** A turn is over: it is kept, and the next answer knows of it. */
  remember(turn: Turn): void {
    const { sessionId, identity: { deviceId = sessionId }, trusted, services } = this.#options;
    const entry = entryOf(turn, { sessionId, deviceId, nowMs: Date.now() });
    if (entry === undefined) return;
    const { answers } = turn.agent;
    const { memory = true } = answers ?? {};
    if (memory && trusted) services.memory?.record(entry);
    // Where nothing is answered nobody needs the past, which a Worker would have to be started for.
    if (entry.user === "" || answers === undefined) return;
    this.historyOf({ memory }).add(pastTurnOf(entry));
    this.summarize(turn.agent);
  }

  /** What was said long ago may be due to be written down in short. */
  summarize({ answers, languages: [language] }: Agent): void {
    const { identity: { deviceId }, trusted, services: { summaries } } = this.#options;
    if (!trusted || answers === undefined || !answers.memory || deviceId === undefined) return;
    summaries?.consider(deviceId, { answerer: answers.answerer, language });
  }
}
