import { type ErrorCode, SERVICE_FAULTS } from "../errors/mod.ts";
import { defineMetrics, type MetricBlock, type Metrics } from "../telemetry/mod.ts";
import type { AnswerEvent, LlmRunner } from "./runner.ts";

/** How an answer fails besides being given up; other codes are counted as `llm.failed`. */
const CODES = [
  ...SERVICE_FAULTS.map((fault) => `llm.${fault}` as const),
  "llm.empty",
  "llm.context",
  "llm.content",
  "llm.unsupported",
  "llm.unmatched",
] as const satisfies readonly ErrorCode[];

/** The definitions for these services. */
const definitionsFor = (services: readonly string[]) =>
  defineMetrics({
    active: {
      type: "gauge",
      name: "earshot_llm_answers_active",
      help: "Answers that are being written, those ahead of time included.",
      labels: { service: services },
    },
    waiting: {
      type: "gauge",
      name: "earshot_llm_questions_waiting",
      help: "Questions that wait for a place at a language model.",
      labels: { service: services },
    },
    refused: {
      type: "counter",
      name: "earshot_llm_refused_total",
      help: "Questions that got no place at a language model: its queue was full, or the wait too long.",
      labels: { service: services },
    },
    conversations: {
      type: "gauge",
      name: "earshot_llm_conversations",
      help: "Conversations whose history a service keeps, and whose id is held here.",
      labels: { service: services },
    },
    conversationsDropped: {
      type: "counter",
      name: "earshot_llm_conversations_dropped_total",
      help: "Conversations with a service that begin anew, since no more ids are held here.",
      labels: { service: services },
    },
    stopsDropped: {
      type: "counter",
      name: "earshot_llm_stops_dropped_total",
      help: "Answers that a service was not told to stop, since it was being told so of too many.",
      labels: { service: services },
    },
    breaker: {
      type: "gauge",
      name: "earshot_llm_breaker_open",
      help: "1 while the circuit breaker of a language model is open or tries whether it may close.",
      labels: { service: services },
    },
    breakerOpened: {
      type: "counter",
      name: "earshot_llm_breaker_opened_total",
      help: "How often the circuit breaker of a language model has opened.",
      labels: { service: services },
    },
    answers: {
      type: "counter",
      name: "earshot_llm_answers_total",
      help:
        "Answers by how they ended: whole, at their longest, broken off by the service, failed, given up.",
      labels: { outcome: ["stop", "length", "truncated", "failed", "canceled"] },
    },
    failures: {
      type: "counter",
      name: "earshot_llm_failures_total",
      help: "Questions that could not be answered, by the code of the error.",
      labels: { code: CODES },
    },
    retries: {
      type: "counter",
      name: "earshot_llm_retries_total",
      help: "Questions that were asked again after a fault, at the same or the next language model.",
    },
    aheads: {
      type: "counter",
      name: "earshot_llm_aheads_total",
      help:
        "Questions that were asked before the end of speech was known, and summaries: begun, then used or given up to a " +
        "real one; refused without a free place.",
      labels: { what: ["started", "used", "given_up", "refused"] },
    },
    toolsRefused: {
      type: "counter",
      name: "earshot_llm_tools_refused_total",
      help: "Language models that have refused tools since the start, and are asked without.",
    },
    cut: {
      type: "counter",
      name: "earshot_llm_answers_cut_total",
      help: "Answers of which no more than 64 KB, or 64 calls, was read.",
    },
    promptTokens: {
      type: "counter",
      name: "earshot_llm_prompt_tokens_total",
      help: "Tokens of conversations, as the language models count them.",
    },
    answerTokens: {
      type: "counter",
      name: "earshot_llm_answer_tokens_total",
      help: "Tokens of answers, as the language models count them.",
    },
    warmUps: {
      type: "counter",
      name: "earshot_llm_warm_ups_total",
      help: "How often a language model was asked to load its model.",
      labels: { outcome: ["ok", "failed"] },
    },
    queueSeconds: {
      type: "histogram",
      name: "earshot_llm_queue_seconds",
      help: "How long questions that got a place have waited for it.",
      buckets: [0.001, 0.01, 0.1, 0.25, 0.5, 1, 2, 4, 8],
    },
    firstTokenSeconds: {
      type: "histogram",
      name: "earshot_llm_first_token_seconds",
      help: "From sending a question to the first word.",
      buckets: [0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 15],
    },
    totalSeconds: {
      type: "histogram",
      name: "earshot_llm_total_seconds",
      help: "From a question to the last word of its answer.",
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120],
    },
  });

/** Shows on `metrics` how questions are answered. */
export class AnswerMetrics {
  readonly #block: MetricBlock<ReturnType<typeof definitionsFor>>;

  /** Registers everything at zero. */
  constructor(metrics: Metrics, runners: readonly LlmRunner[]) {
    this.#block = metrics.register(definitionsFor(runners.map(({ stats }) => stats.name)));
    const { active, waiting, refused, breaker, breakerOpened } = this.#block;
    const { conversations, conversationsDropped, stopsDropped } = this.#block;
    for (const runner of runners) {
      const service = runner.stats.name;
      active.read(() => runner.stats.active, { service });
      waiting.read(() => runner.stats.waiting, { service });
      refused.read(() => runner.stats.refused, { service });
      conversations.read(() => runner.stats.conversations, { service });
      conversationsDropped.read(() => runner.stats.conversationsDropped, { service });
      stopsDropped.read(() => runner.stats.stopsDropped, { service });
      breaker.read(() => Number(runner.stats.breaker !== "closed"), { service });
      breakerOpened.read(() => runner.stats.breakerOpened, { service });
    }
  }

  /** Something happened to a question. */
  record(event: AnswerEvent): void {
    const { aheads, firstTokenSeconds, queueSeconds, retries, toolsRefused, warmUps } = this.#block;
    if (event.type === "admitted") queueSeconds.observe(event.queueMs / 1_000);
    else if (event.type === "first_token") firstTokenSeconds.observe(event.firstTokenMs / 1_000);
    else if (event.type === "retried") retries.add(1);
    else if (event.type === "tools_refused") toolsRefused.add(1);
    else if (event.type === "ahead") aheads.add(1, { what: event.what });
    else if (event.type === "warmed") {
      warmUps.add(1, { outcome: event.error === undefined ? "ok" : "failed" });
    } else this.#ended(event);
  }

  #ended(event: Extract<AnswerEvent, { type: "ended" }>): void {
    const { answers, answerTokens, cut, failures, promptTokens, totalSeconds } = this.#block;
    promptTokens.add(event.promptTokens ?? 0);
    answerTokens.add(event.answerTokens ?? 0);
    if (event.cut) cut.add(1);
    const { error, reason = "stop" } = event;
    if (error === undefined) {
      answers.add(1, { outcome: reason });
      totalSeconds.observe(event.totalMs / 1_000);
    } else if (error.code === "canceled") {
      answers.add(1, { outcome: "canceled" });
    } else {
      answers.add(1, { outcome: "failed" });
      failures.add(1, { code: CODES.find((code) => code === error.code) ?? "llm.failed" });
    }
  }
}
