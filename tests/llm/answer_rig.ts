import { EarshotError } from "../../lib/errors/mod.ts";
import {
  type Answer,
  Answerer,
  type AnswerEvent,
  type AskOptions,
  type LlmRequest,
  LlmRunner,
  llmServiceKeys,
  type LlmText,
} from "../../lib/llm/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeLlm, type FakeLlmOptions, requestOf } from "../support/fake_llm.ts";

/** The options of a service: those of a fake, and those of its block. */
export interface ServiceOptions extends Partial<Omit<FakeLlmOptions, "clock">> {
  readonly block?: Record<string, unknown>;
}

/** A chain of scripted services on a fake clock. */
export class AnswerRig {
  readonly clock = new FakeClock();
  readonly services: readonly FakeLlm[];
  readonly runners: readonly LlmRunner[];
  readonly answerer: Answerer;
  readonly events: AnswerEvent[] = [];

  constructor(...services: readonly ServiceOptions[]) {
    const made = (services.length === 0 ? [{}] : services).map(({ block = {}, ...options }, index) => {
      const llm = new FakeLlm({ clock: this.clock, name: `llm${index}`, ...options });
      const keys = llmServiceKeys.parse(block);
      return {
        llm,
        runner: new LlmRunner(llm, {
          ...keys,
          clock: this.clock,
          onEvent: (event) => this.events.push(event),
        }),
      };
    });
    this.services = made.map(({ llm }) => llm);
    this.runners = made.map(({ runner }) => runner);
    const [first, ...others] = this.runners;
    if (first === undefined) throw new Error("Cannot ask: there is no service");
    this.answerer = new Answerer([first, ...others]);
  }

  /** The first service. */
  get llm(): FakeLlm {
    const [first] = this.services;
    if (first === undefined) throw new Error("Cannot ask: there is no service");
    return first;
  }

  /** How often each service was asked. */
  get asked(): readonly number[] {
    return this.services.map(({ calls }) => calls.length);
  }

  /** The events as text, without their times. */
  get told(): readonly string[] {
    return this.events.map((event) => {
      if (event.type === "retried") return `${event.error.code} -> ${event.next ?? "again"}`;
      if (event.type === "ended") return `ended ${event.error?.code ?? event.reason}`;
      return event.type === "ahead" ? `ahead ${event.what}` : event.type;
    });
  }

  /** Asks, and reads the answer as it comes. */
  ask(
    question = "Hello?",
    { request = {}, ...options }: Partial<AskOptions> & { readonly request?: Partial<LlmRequest> } = {},
  ): Reading {
    return new Reading(
      this.answerer.ask(requestOf(question, request), {
        signal: new AbortController().signal,
        flow: question,
        ...options,
      }),
      this.clock,
    );
  }
}

/** An answer that is read as it comes. */
export class Reading {
  readonly answer: Answer;
  readonly events: LlmText[] = [];
  /** When its first text was there. */
  firstMs: number | undefined;
  endedMs: number | undefined;
  error: EarshotError | undefined;
  /** Resolves when it has ended, in whatever way. */
  readonly over: Promise<void>;

  constructor(answer: Answer, clock: FakeClock) {
    this.answer = answer;
    this.over = this.#read(clock);
  }

  /** The text so far. */
  get text(): string {
    return this.events.map((event) => event.type === "text" ? event.text : "").join("");
  }

  /** How it has ended: the reason or the code; `undefined` while it goes on. */
  get end(): string | undefined {
    const last = this.events.at(-1);
    return this.error?.code ?? (last?.type === "ended" ? last.reason : undefined);
  }

  async #read(clock: FakeClock): Promise<void> {
    try {
      for await (const event of this.answer) {
        this.firstMs ??= clock.nowMs();
        this.events.push(event);
      }
    } catch (thrown) {
      this.error = EarshotError.from(thrown);
    }
    this.endedMs = clock.nowMs();
  }
}
