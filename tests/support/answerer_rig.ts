import { assertRejects } from "@std/assert";
import { EarshotError } from "../../lib/errors/mod.ts";
import type { Clock } from "../../lib/lifecycle/mod.ts";
import type { LlmEvent, LlmProvider, LlmProviderRequest } from "../../lib/llm/mod.ts";
import { type LlmDialect, LlmEmulator, type LlmEmulatorOptions } from "./emulators/llm_emulator.ts";
import { openLlm, questionOf, textOf } from "./open_llm.ts";
import { inTime } from "./until.ts";

const NEVER = new AbortController().signal;

/** What an {@linkcode AnswererRig} is opened with. */
export interface AnswererRigOptions extends LlmEmulatorOptions {
  /** The type of the provider. */
  readonly type: string;
  readonly dialect: LlmDialect;
  /** Further keys of its block; `url` is the emulator's unless it is among them. */
  readonly block?: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, string>>;
  /** The provider's clock. Default: that of the machine. */
  readonly providerClock?: Clock;
}

/** What somebody on a device says, after what was said there before. */
export type Asked = Partial<LlmProviderRequest>;

/** Something was said before: a service that keeps the history goes on. */
export const GOES_ON: Pick<LlmProviderRequest, "history"> = {
  history: [{ role: "user", content: "Good evening" }, {
    role: "assistant",
    content: "Good evening to you.",
  }],
};

/** A service and its provider; disposing fails when a request was none that the service takes. */
export class AnswererRig implements AsyncDisposable {
  /** How many pieces of text have come of the last question: what the service has sent may still be on its way. */
  texts = 0;

  private constructor(readonly emulator: LlmEmulator, readonly provider: LlmProvider) {}

  static async open(
    { type, dialect, block = {}, secrets, providerClock, ...options }: AnswererRigOptions,
  ): Promise<AnswererRig> {
    const emulator = await LlmEmulator.start(dialect, options);
    const provider = await openLlm({ type, url: emulator.url, ...block }, { secrets, clock: providerClock });
    return new AnswererRig(emulator, provider);
  }

  /** Asks, and gives what comes of it. */
  async events(question = "How are you?", asked: Asked = {}, signal = NEVER): Promise<readonly LlmEvent[]> {
    return await inTime(
      this.#read(this.provider.answer(questionOf(question, asked), signal)),
      "the end of an answer",
    );
  }

  async #read(answer: AsyncIterable<LlmEvent>): Promise<readonly LlmEvent[]> {
    const events: LlmEvent[] = [];
    this.texts = 0;
    for await (const event of answer) {
      events.push(event);
      if (event.type === "text") this.texts++;
    }
    return events;
  }

  /** Asks, and gives what is said. */
  async ask(question?: string, asked?: Asked): Promise<string> {
    return textOf(await this.events(question, asked));
  }

  /** Asks, and gives how it ended: a reason, or the code of the error. */
  async end(question?: string, asked?: Asked): Promise<string> {
    try {
      const last = (await this.events(question, asked)).at(-1);
      return last?.type === "ended" ? last.reason : "no end";
    } catch (thrown) {
      return EarshotError.from(thrown).code;
    }
  }

  /** Asks, and gives the error. */
  async failure(question?: string, asked?: Asked, signal?: AbortSignal): Promise<EarshotError> {
    return await assertRejects(() => this.events(question, asked, signal), EarshotError);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.provider.close?.();
    await this.emulator[Symbol.asyncDispose]();
  }
}
