import { assert, assertStringIncludes } from "@std/assert";
import { EarshotError } from "../../lib/errors/mod.ts";
import { AnswerMetrics } from "../../lib/llm/mod.ts";
import { Metrics } from "../../lib/telemetry/mod.ts";
import { test } from "../support/test.ts";
import { AnswerRig } from "./answer_rig.ts";

test("AnswerMetrics: everything is there at zero, and each question is counted once", async () => {
  const rig = new AnswerRig({ maxConcurrent: 1, block: { queue: 1, retries: 0 } });
  const metrics = new Metrics();
  const block = new AnswerMetrics(metrics, rig.runners);
  const zero = await metrics.text();
  for (
    const line of [
      `earshot_llm_answers_active{service="llm0"} 0`,
      `earshot_llm_questions_waiting{service="llm0"} 0`,
      `earshot_llm_refused_total{service="llm0"} 0`,
      `earshot_llm_conversations{service="llm0"} 0`,
      `earshot_llm_conversations_dropped_total{service="llm0"} 0`,
      `earshot_llm_stops_dropped_total{service="llm0"} 0`,
      `earshot_llm_failures_total{code="llm.unmatched"} 0`,
      `earshot_llm_breaker_open{service="llm0"} 0`,
      `earshot_llm_answers_total{outcome="truncated"} 0`,
      `earshot_llm_failures_total{code="llm.context"} 0`,
      `earshot_llm_aheads_total{what="given_up"} 0`,
      `earshot_llm_answers_cut_total 0`,
      `earshot_llm_tools_refused_total 0`,
      `earshot_llm_warm_ups_total{outcome="ok"} 0`,
    ]
  ) assertStringIncludes(zero, line);

  rig.llm.script = ({ question }) => {
    if (question === "fails") return { fault: { at: "headers", error: "llm.auth" } };
    if (question === "odd") {
      return { fault: { at: "headers", error: new EarshotError("internal", "Cannot go on") } };
    }
    if (question === "endless") return { text: ["a".repeat(70_000), "b"] };
    return { text: "Yes.", firstTokenMs: 1_000, usage: { promptTokens: 100, answerTokens: 7 } };
  };
  for (const question of ["fails", "odd", "endless"]) {
    rig.ask(question);
    await rig.clock.advance(0);
  }
  rig.ask("ahead", { ahead: true });
  const life = new AbortController();
  for (const question of ["a", "b", "refused"]) rig.ask(question, { signal: life.signal });
  await rig.clock.advance(1_500);
  const during = await metrics.text();
  assertStringIncludes(during, `earshot_llm_answers_active{service="llm0"} 1`);
  assertStringIncludes(during, `earshot_llm_refused_total{service="llm0"} 1`);
  life.abort();
  await rig.clock.advance(0);
  await rig.answerer.warm(new AbortController().signal);
  for (const event of rig.events) block.record(event);
  block.record({ type: "tools_refused", error: new EarshotError("llm.config", "Cannot answer with tools") });
  const text = await metrics.text();
  for (
    const line of [
      `earshot_llm_answers_total{outcome="stop"} 1`,
      `earshot_llm_answers_total{outcome="length"} 1`,
      `earshot_llm_tools_refused_total 1`,
      `earshot_llm_answers_total{outcome="failed"} 3`,
      `earshot_llm_answers_total{outcome="canceled"} 1`,
      `earshot_llm_failures_total{code="llm.auth"} 1`,
      `earshot_llm_failures_total{code="llm.failed"} 1`,
      `earshot_llm_failures_total{code="llm.busy"} 1`,
      `earshot_llm_answers_cut_total 1`,
      `earshot_llm_aheads_total{what="started"} 1`,
      `earshot_llm_aheads_total{what="given_up"} 1`,
      `earshot_llm_prompt_tokens_total 100`,
      `earshot_llm_answer_tokens_total 7`,
      `earshot_llm_first_token_seconds_count 2`,
      `earshot_llm_total_seconds_count 2`,
      `earshot_llm_queue_seconds_count 5`,
      `earshot_llm_queue_seconds_sum 1`,
    ]
  ) assertStringIncludes(text, line);
  assert(!text.includes("Yes."));
});
