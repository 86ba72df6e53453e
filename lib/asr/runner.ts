import type { EarshotError } from "../errors/mod.ts";
import type { Clock } from "../lifecycle/mod.ts";
import { ServiceGuard, type ServiceName, type ServiceStats } from "../service/mod.ts";
import type { AsrProvider } from "./contract.ts";
import type { ServiceKeys } from "./service_keys.ts";

/** Options of an {@linkcode AsrRunner}: what the service's block says, and who is told. */
export interface AsrRunnerOptions
  extends
    Partial<Omit<ServiceKeys, "openTimeoutMs" | "finalTimeoutMs">>,
    Pick<ServiceKeys, "openTimeoutMs" | "finalTimeoutMs"> {
  /** The time source. */
  readonly clock: Clock;
  /** Called for what happens to utterances, for metrics and the log; must not throw. */
  readonly onEvent?: (event: RecognitionEvent) => void;
}

/** What happened to an utterance at a service, without a word of it. */
export type RecognitionEvent =
  | { readonly type: "started"; readonly openMs: number }
  /** It is tried again: here, or with the `next` service of the chain. */
  | { readonly type: "retried"; readonly error: EarshotError; readonly next?: string }
  | { readonly type: "partial" }
  | {
    readonly type: "ended";
    /** Absent when it went well. */
    readonly error?: EarshotError;
    /** From the end of speech to the words, in ms; absent when it was given up before. */
    readonly finalMs?: number;
    readonly droppedMs: number;
  };

/** One recognition service with its deadlines, retries, circuit breaker and bound, for all agents that use it. */
export class AsrRunner {
  readonly provider: AsrProvider;
  readonly clock: Clock;
  readonly openTimeoutMs: number;
  readonly finalTimeoutMs: number;
  readonly retries: number;
  readonly guard: ServiceGuard;
  readonly onEvent: (event: RecognitionEvent) => void;

  /** Opens nothing yet. */
  constructor(provider: AsrProvider, options: AsrRunnerOptions) {
    this.provider = provider;
    this.clock = options.clock;
    this.openTimeoutMs = options.openTimeoutMs;
    this.finalTimeoutMs = options.finalTimeoutMs;
    this.retries = options.retries ?? 0;
    this.guard = new ServiceGuard({ ...options, maxConcurrent: options.maxStreams, service: this.service });
    this.onEvent = options.onEvent ?? (() => {});
  }

  /** For errors. */
  get service(): ServiceName {
    return { family: "asr", name: this.provider.name };
  }

  /** How the service is doing. */
  get stats(): ServiceStats {
    return this.guard.stats;
  }
}
