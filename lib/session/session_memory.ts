import type { Agent } from "../agents/mod.ts";
import { DeviceHistory } from "../dialogue/mod.ts";
import type { SessionServices } from "./session.ts";
import { entryOf } from "./turn_entry.ts";
import type { Turn } from "./turn.ts";

/** Options of a {@linkcode SessionMemory}. */
export interface SessionMemoryOptions {
  readonly sessionId: string;
  /** Absent where the device does not say who it is. */
  readonly deviceId: string | undefined;
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

  /** What was said before: that of the device where its agent keeps it, else of this connection alone. */
  historyOf({ memory }: { readonly memory: boolean }): DeviceHistory {
    const { deviceId, services: { histories } } = this.#options;
    if (deviceId === undefined) return this.#own ??= new DeviceHistory();
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
    const { sessionId, deviceId = sessionId, services } = this.#options;
    const entry = entryOf(turn, { sessionId, deviceId, nowMs: Date.now() });
    if (entry === undefined) return;
    const { answers } = turn.agent;
    const { memory = true } = answers ?? {};
    if (memory) services.memory?.record(entry);
    const { user, answer, heardChars, atMs, code, steps } = entry;
    // Where nothing is answered nobody needs the past, which a Worker would have to be started for.
    if (user === "" || answers === undefined) return;
    this.historyOf({ memory }).add({
      user,
      answer,
      heardChars,
      atMs,
      steps,
      refused: code === "llm.content",
    });
    this.summarize(turn.agent);
  }

  /** What was said long ago may be due to be written down in short. */
  summarize({ answers, languages: [language] }: Agent): void {
    const { deviceId, services: { summaries } } = this.#options;
    if (answers === undefined || !answers.memory || deviceId === undefined) return;
    summaries?.consider(deviceId, { answerer: answers.answerer, language });
  }
}
