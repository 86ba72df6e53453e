import { assert, assertEquals, assertRejects } from "@std/assert";
import { EarshotError } from "../../lib/errors/mod.ts";
import type { LlmEvent, LlmProvider, LlmProviderRequest } from "../../lib/llm/mod.ts";
import type { LlmBehavior, LlmExchange } from "../support/emulators/llm_behavior.ts";
import { LlmEmulator } from "../support/emulators/llm_emulator.ts";
import { openLlm, questionOf } from "../support/open_llm.ts";
import { inTime, until } from "../support/until.ts";
import type { LlmSubject } from "./llm_subjects.ts";

/** A signal that is never aborted. */
export const NEVER = new AbortController().signal;
/** What is asked. */
export const QUESTION = "what is the weather like in my secret place";
/** What is answered unless a case says otherwise. */
export const ANSWER = "It is 21 °C in the café, 天气很好。🙂 Right?";

/** A language model with its server. */
export class LlmRig implements AsyncDisposable {
  private constructor(
    readonly emulator: LlmEmulator,
    readonly provider: LlmProvider,
    readonly subject: LlmSubject,
  ) {}

  static async open(subject: LlmSubject, behavior: LlmBehavior = {}): Promise<LlmRig> {
    const { dialect } = subject;
    if (dialect === undefined) throw new RangeError("it has no server");
    const answer = behavior.calls === undefined ? { answer: ANSWER } : {};
    const emulator = await LlmEmulator.start(dialect, { behavior: { ...answer, ...behavior } });
    const open = subject.open ?? openLlm;
    return new LlmRig(emulator, await open(subject.block(emulator.url)), subject);
  }

  /** Another provider for the same server, with more in its block; the caller closes it. */
  async reopen(more: Readonly<Record<string, unknown>>): Promise<LlmProvider> {
    const open = this.subject.open ?? openLlm;
    return await open({ ...this.subject.block(this.emulator.url), ...more });
  }

  /** The question, with more in its request. */
  question(more: Partial<LlmProviderRequest> = {}): LlmProviderRequest {
    return questionOf(QUESTION, more);
  }

  async answer(signal = NEVER, more: Partial<LlmProviderRequest> = {}): Promise<readonly LlmEvent[]> {
    const events = await inTime(
      Array.fromAsync(this.provider.answer(this.question(more), signal)),
      "the end of an answer",
    );
    assertEquals(events[0], { type: "started" });
    assertEquals(events.filter(({ type }) => type === "started" || type === "ended").length, 2);
    assertEquals(events.at(-1)?.type, "ended");
    return events;
  }

  async failure(signal = NEVER): Promise<EarshotError> {
    const events = this.provider.answer(questionOf(QUESTION), signal);
    const error = await inTime(assertRejects(() => Array.fromAsync(events), EarshotError), "an error");
    assert(!error.message.includes(QUESTION), error.message);
    return error;
  }

  /** The only question so far. */
  get exchange(): LlmExchange {
    const [exchange, ...more] = this.emulator.questions;
    assert(exchange !== undefined && more.length === 0, `${this.emulator.questions.length} questions`);
    return exchange;
  }

  /** The last question. */
  get last(): LlmExchange {
    const exchange = this.emulator.questions.at(-1);
    assert(exchange !== undefined, "no question");
    return exchange;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.provider.close?.();
    await this.emulator[Symbol.asyncDispose]();
  }
}

/** Cancels once `reached`; the emulator sees the connection close. */
export const cancel = (
  behavior: LlmBehavior,
  reached: (rig: LlmRig, seen: readonly LlmEvent[]) => boolean,
  more: Partial<LlmProviderRequest> = {},
) =>
async (subject: LlmSubject): Promise<void> => {
  await using rig = await LlmRig.open(subject, behavior);
  const life = new AbortController();
  const seen: LlmEvent[] = [];
  const answering = assertRejects(async () => {
    for await (const event of rig.provider.answer(rig.question(more), life.signal)) seen.push(event);
  }, EarshotError);
  await until(() => reached(rig, seen), "the moment to cancel");
  life.abort();
  assertEquals((await inTime(answering, "the end")).code, "canceled");
  await gone(rig);
};

/** The other side has closed its connection. */
export async function gone({ emulator, exchange }: LlmRig): Promise<void> {
  await until(() => exchange.endedBy === "client", "the connection to close");
  await until(() => emulator.open === 0, "all connections to close");
}
