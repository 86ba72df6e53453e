import { EarshotError } from "../errors/mod.ts";
import { type Clock, withDeadline } from "../lifecycle/mod.ts";
import { serviceError, ServiceGuard, type ServiceName, type ServiceStats } from "../service/mod.ts";
import { Admission, type AdmissionStats } from "./admission.ts";
import type { KeptStats, LlmEvent, LlmProvider, LlmProviderRequest } from "./contract.ts";
import type { LlmServiceKeys } from "./service_keys.ts";
import { withoutTools } from "./without_tools.ts";

/** How long a model counts as loaded after it was warmed up or has answered, in ms: servers unload it after 5 minutes. */
const WARM_MS = 180_000;

/** Options of an {@linkcode LlmRunner}: what the service's block says, and who is told. */
export interface LlmRunnerOptions extends LlmServiceKeys {
  /** The time source. */
  readonly clock: Clock;
  /** Called for what happens to questions, for metrics and the log; must not throw. */
  readonly onEvent?: (event: AnswerEvent) => void;
}

/** What happened to a question at a service, without a word of it. */
export type AnswerEvent =
  /** It has a place. */
  | { readonly type: "admitted"; readonly queueMs: number }
  /** The first word came, so long after it was sent. */
  | { readonly type: "first_token"; readonly firstTokenMs: number }
  /** It is asked again: here, or at the `next` service of the chain. */
  | { readonly type: "retried"; readonly error: EarshotError; readonly next?: string }
  /**
   * A question ahead of time: it has a place (`started`), has become a real one (`used`), has lost its place to a
   * real one (`given_up`), or found none (`refused`).
   */
  | { readonly type: "ahead"; readonly what: "started" | "used" | "given_up" | "refused" }
  | {
    readonly type: "ended";
    /** Absent when it went well. */
    readonly error?: EarshotError;
    /** How the answer ended, when it went well. */
    readonly reason?: Extract<LlmEvent, { type: "ended" }>["reason"];
    /** Whether it was longer than is read of an answer. */
    readonly cut: boolean;
    /** From the question to the last word, in ms. */
    readonly totalMs: number;
    /** As the service counted them, where it did. */
    readonly promptTokens?: number;
    readonly answerTokens?: number;
  }
  /** The service has refused tools, and was asked without; told once. Its answers call none, unless it refuses only some. */
  | { readonly type: "tools_refused"; readonly error: EarshotError }
  /** The service was asked to load its model. */
  | { readonly type: "warmed"; readonly warmMs: number; readonly error?: EarshotError };

/** How a language model is doing. */
export interface LlmStats extends ServiceStats, AdmissionStats, KeptStats {}

/** What is held for one that keeps no history. */
const NOTHING_KEPT: KeptStats = { conversations: 0, conversationsDropped: 0, stopsDropped: 0 };

/** One language model with its deadlines, retries, circuit breaker and places, for all agents that use it. */
export class LlmRunner {
  readonly provider: LlmProvider;
  readonly options: LlmRunnerOptions;
  readonly clock: Clock;
  readonly guard: ServiceGuard;
  readonly admission: Admission;
  readonly onEvent: (event: AnswerEvent) => void;
  #warming = false;
  #toolsRefusedTold = false;
  /** Until when the model counts as loaded. */
  #warmUntilMs = -Infinity;

  /** Asks nothing yet. */
  constructor(provider: LlmProvider, options: LlmRunnerOptions) {
    this.provider = provider;
    this.options = options;
    this.clock = options.clock;
    const { clock, queue, queueTimeoutMs, breakerFailures, breakerCoolDownMs } = options;
    const { service } = this;
    this.guard = new ServiceGuard({ service, clock, breakerFailures, breakerCoolDownMs });
    this.admission = new Admission({
      service,
      clock,
      queue,
      queueTimeoutMs,
      maxConcurrent: options.maxConcurrent ?? provider.capabilities.maxConcurrent,
    });
    this.onEvent = options.onEvent ?? (() => {});
  }

  /** For errors. */
  get service(): ServiceName {
    return { family: "llm", name: this.provider.name };
  }

  /** How the service is doing. */
  get stats(): LlmStats {
    const kept = this.provider.kept?.() ?? NOTHING_KEPT;
    return { ...this.guard.stats, ...this.admission.stats, ...kept };
  }

  /** Whether it is offered tools: it calls some, has not refused them, and neither acts nor keeps the history itself. */
  get callsTools(): boolean {
    const { tools = false, acts = false, stateless } = this.provider.capabilities;
    return tools && stateless && !acts && this.provider.toolsRefusal?.()?.always !== true;
  }

  /**
   * A request as this service can be asked it: without tools where it calls none.
   *
   * @throws {EarshotError} `llm.unsupported` for images that it cannot see
   */
  fitted(request: LlmProviderRequest): LlmProviderRequest {
    const { capabilities, name } = this.provider;
    if ((request.images ?? []).length > 0 && capabilities.vision !== true) {
      throw new EarshotError("llm.unsupported", `Cannot answer with ${name}: it sees no images`);
    }
    const has = request.tools !== undefined || request.steps !== undefined ||
      request.history.some(({ steps }) => steps !== undefined);
    return has && !this.callsTools ? withoutTools(request) : request;
  }

  /** Tells, once, that the service has refused tools. */
  checkTools(): void {
    const refusal = this.#toolsRefusedTold ? undefined : this.provider.toolsRefusal?.();
    if (refusal === undefined) return;
    this.#toolsRefusedTold = true;
    this.onEvent({ type: "tools_refused", error: refusal.error });
  }

  /** Everything that was said in a conversation is erased: with a service that keeps the history it begins anew. */
  forget(conversation: string): void {
    this.provider.forget?.(conversation);
  }

  /** It has answered: its model is loaded. */
  answered(): void {
    this.#warmUntilMs = this.clock.nowMs() + WARM_MS;
  }

  /**
   * Has the service load its model, unless that is under way, or it has answered or was asked to within the last
   * three minutes. A failure is only an event. The signal is the process's: others rely on it as well.
   */
  async warm(signal: AbortSignal): Promise<void> {
    const { clock, provider, onEvent, service } = this;
    if (provider.warm === undefined || signal.aborted) return;
    if (this.#warming || clock.nowMs() < this.#warmUntilMs) return;
    this.#warming = true;
    const beganMs = clock.nowMs();
    this.#warmUntilMs = beganMs + WARM_MS;
    const life = new AbortController();
    const { totalTimeoutMs } = this.options;
    let error: EarshotError | undefined;
    try {
      await withDeadline(provider.warm(AbortSignal.any([signal, life.signal])), totalTimeoutMs, {
        signal,
        clock,
        errorAtDeadline: () =>
          serviceError(service, "timeout", {
            detail: `its model was not loaded within ${totalTimeoutMs} ms`,
          }),
      });
    } catch (thrown) {
      error = EarshotError.from(thrown, "llm.failed");
    } finally {
      life.abort();
      this.#warming = false;
    }
    if (signal.aborted) return;
    onEvent({ type: "warmed", warmMs: clock.nowMs() - beganMs, ...(error !== undefined && { error }) });
  }
}
