import { assert, assertEquals } from "@std/assert";
import type { ErrorCode } from "../../lib/errors/mod.ts";
import type { LlmRefusalKind } from "../support/emulators/llm_behavior.ts";
import { openLlm, questionOf, textOf } from "../support/open_llm.ts";
import { ANSWER, cancel, gone, LlmRig, NEVER, QUESTION } from "./llm_rig.ts";
import type { LlmSubject } from "./llm_subjects.ts";
import { TOOL_CASE_LIST } from "./llm_tool_cases.ts";

/** What a refusal of each kind is, whoever says it. */
const CODES: Readonly<Record<LlmRefusalKind, ErrorCode>> = {
  busy: "llm.throttled",
  loading: "llm.throttled",
  quota: "llm.quota",
  auth: "llm.auth",
  model: "llm.config",
  context: "llm.context",
  content: "llm.content",
  server: "llm.failed",
  request: "llm.config",
};

type Case = (subject: LlmSubject) => Promise<void>;

const plain: Case = async (subject) => {
  await using rig = await LlmRig.open(subject);
  assertEquals(textOf(await rig.answer()), ANSWER);
  assertEquals(rig.exchange.endedBy, "answer");
};

const bytes: Case = async (subject) => {
  await using rig = await LlmRig.open(subject, { splitBytes: 1 });
  const events = await rig.answer();
  assertEquals([textOf(events), events.at(-1)], [ANSWER, { type: "ended", reason: "stop" }]);
};

const usage: Case = async (subject) => {
  await using rig = await LlmRig.open(subject);
  const events = await rig.answer();
  const counts = events.filter(({ type }) => type === "usage");
  assertEquals(counts, [{ type: "usage", promptTokens: 9, answerTokens: rig.exchange.tokens }]);
};

const messages: Case = async (subject) => {
  await using rig = await LlmRig.open(subject);
  const request = questionOf("And now?", {
    instructions: "Be short.",
    context: "It is noon.",
    history: [
      { role: "user", content: "Hi" },
      { role: "user", content: "there \ud800\u0000" },
      { role: "assistant", content: "Hello." },
    ],
  });
  await Array.fromAsync(rig.provider.answer(request, NEVER));
  if (subject.asked === "question") {
    assertEquals(rig.exchange.messages, [{ role: "user", content: "And now?" }]);
    return;
  }
  assertEquals(rig.exchange.messages, [
    { role: "system", content: "Be short." },
    { role: "user", content: "Hi\nthere \ufffd" },
    { role: "assistant", content: "Hello." },
    { role: "user", content: "It is noon.\n\nAnd now?" },
  ]);
};

const thoughts: Case = async (subject) => {
  await using rig = await LlmRig.open(subject, { thoughts: subject.thoughts });
  assertEquals(textOf(await rig.answer()), ANSWER);
  // Those that cannot be told think, and it is not spoken either.
  assertEquals(await thoughtOf(subject), ANSWER);
};

/** The answer of a model that thinks because it was asked to, in case it can be asked. */
async function thoughtOf(subject: LlmSubject): Promise<string> {
  const on = { ...subject, block: (url: string) => ({ ...subject.block(url), thinking: "on" }) };
  await using rig = await LlmRig.open(on, { thoughts: subject.thoughts, splitBytes: 7 });
  return textOf(await rig.answer());
}

const refusal = (kind: LlmRefusalKind): Case => async (subject) => {
  await using rig = await LlmRig.open(subject, { fault: { what: "refuse", kind } });
  const { code, message } = await rig.failure();
  assertEquals([kind, code], [kind, CODES[kind]], message);
};

const midError: Case = async (subject) => {
  await using rig = await LlmRig.open(subject, { fault: { what: "error", kind: "server", afterTokens: 3 } });
  if (subject.midError === "truncated") {
    assertEquals((await rig.answer()).at(-1), { type: "ended", reason: "truncated" });
  } else assertEquals((await rig.failure()).code, subject.midError ?? "llm.failed");
};

const firstError: Case = async (subject) => {
  await using rig = await LlmRig.open(subject, { fault: { what: "error", kind: "server", afterTokens: 0 } });
  const { code, retryable } = await rig.failure();
  assertEquals([code, retryable], [subject.midError === "truncated" ? "llm.empty" : "llm.failed", true]);
};

const truncated: Case = async (subject) => {
  await using rig = await LlmRig.open(subject, { omit: "both" });
  const events = await rig.answer();
  assertEquals([textOf(events), events.at(-1)], [ANSWER, { type: "ended", reason: "truncated" }]);
};

const withoutDone: Case = async (subject) => {
  await using rig = await LlmRig.open(subject, { omit: "done" });
  assertEquals((await rig.answer()).at(-1), { type: "ended", reason: "stop" });
};

const withoutFinish: Case = async (subject) => {
  await using rig = await LlmRig.open(subject, { omit: "finish" });
  assertEquals((await rig.answer()).at(-1), { type: "ended", reason: "stop" });
};

const cut: Case = async (subject) => {
  await using rig = await LlmRig.open(subject, { finish: "length" });
  assertEquals((await rig.answer()).at(-1), { type: "ended", reason: "length" });
};

const filtered: Case = async (subject) => {
  await using rig = await LlmRig.open(subject, { finish: "content_filter" });
  assertEquals((await rig.failure()).code, "llm.content");
};

const empty: Case = async (subject) => {
  for (const answer of [[], [" ", "\n"]]) {
    await using rig = await LlmRig.open(subject, { answer });
    const { code, retryable } = await rig.failure();
    assertEquals([code, retryable], ["llm.empty", true]);
  }
};

const whole: Case = async (subject) => {
  await using rig = await LlmRig.open(subject, { whole: true, thoughts: subject.thoughts });
  const events = await rig.answer();
  assertEquals([textOf(events), events.at(-1)], [ANSWER, { type: "ended", reason: "stop" }]);
};

const reset = (at: "request" | "headers" | number, code: ErrorCode): Case => async (subject) => {
  await using rig = await LlmRig.open(subject, { fault: { what: "reset", at } });
  const error = await rig.failure();
  assertEquals([error.code, error.retryable], [code, true]);
};

const endless: Case = async (subject) => {
  await using rig = await LlmRig.open(subject, { fault: { what: "endless", at: "headers" } });
  assertEquals((await rig.failure()).code, "llm.protocol");
  await gone(rig);
};

const html: Case = async (subject) => {
  const body = "<!doctype html><html><script>x()</script><body>Sign in to the portal</body></html>";
  const fault = { what: "answer", status: 200, type: "text/html", body } as const;
  await using rig = await LlmRig.open(subject, { fault });
  assertEquals((await rig.failure()).code, "llm.protocol");
};

const huge: Case = async (subject) => {
  const fault = {
    what: "answer",
    status: 200,
    type: "application/json",
    body: `{"x":"${"x".repeat(2 << 20)}`,
  } as const;
  await using rig = await LlmRig.open(subject, { fault });
  assertEquals((await rig.failure()).code, "llm.protocol");
};

const leave: Case = async (subject) => {
  for (const what of ["started", "text"]) {
    await using rig = await LlmRig.open(subject, { fault: { what: "hang", at: 2 } });
    for await (const { type } of rig.provider.answer(questionOf(QUESTION), NEVER)) if (type === what) break;
    await gone(rig);
  }
};

const aborted: Case = async (subject) => {
  await using rig = await LlmRig.open(subject);
  assertEquals((await rig.failure(AbortSignal.abort())).code, "canceled");
  assertEquals(rig.emulator.questions.length, 0);
};

const again: Case = async (subject) => {
  await using rig = await LlmRig.open(subject);
  for (let time = 0; time < 4; time++) {
    assertEquals(textOf(await rig.answer()), ANSWER);
    // The pool has it a moment after the end of the body.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert(rig.emulator.sockets < 4, `${rig.emulator.sockets} connections`);
};

const lingering: Case = async (subject) => {
  await using rig = await LlmRig.open(subject, { lingerMs: 600_000 });
  assertEquals((await rig.answer()).at(-1), { type: "ended", reason: "stop" });
  await gone(rig);
};

const together: Case = async (subject) => {
  await using rig = await LlmRig.open(subject, { answer: (question) => `You say ${question}`, tokenMs: 1 });
  const questions = Array.from({ length: 5 }, (_, index) => `this is number ${index} of them`);
  const answers = await Promise.all(
    questions.map((question) => Array.fromAsync(rig.provider.answer(questionOf(question), NEVER))),
  );
  assertEquals(answers.map(textOf), questions.map((question) => `You say ${question}`));
};

const CASE_LIST = {
  "a plain answer": plain,
  "split at every byte": bytes,
  "counts of tokens": usage,
  "messages in order": messages,
  "thoughts are not spoken": thoughts,
  "an answer in one piece": whole,
  "cut at the most tokens": cut,
  "the subject is refused at the end": filtered,
  "an end without [DONE]": withoutDone,
  "an end without a finish": withoutFinish,
  "an end without either is truncated": truncated,
  "a body that stays open": lingering,
  "empty": empty,
  "refused: busy": refusal("busy"),
  "refused: loading": refusal("loading"),
  "refused: no money": refusal("quota"),
  "refused: auth": refusal("auth"),
  "refused: model": refusal("model"),
  "refused: context": refusal("context"),
  "refused: content": refusal("content"),
  "refused: server": refusal("server"),
  "refused: request": refusal("request"),
  "an error before the first token": firstError,
  "an error in mid-answer": midError,
  "reset before the headers": reset("request", "llm.unreachable"),
  "reset before the first token": reset("headers", "llm.disconnected"),
  "reset in mid-answer": reset(2, "llm.disconnected"),
  "an endless line": endless,
  "a page in a 200": html,
  "far too much in one piece": huge,
  "canceled before it is asked": aborted,
  "canceled before the headers": cancel(
    { fault: { what: "hang", at: "request" } },
    ({ emulator }) => emulator.questions.length === 1,
  ),
  "canceled before the first token": cancel(
    { fault: { what: "hang", at: "headers" } },
    (_, seen) => seen.length > 0,
  ),
  "canceled in mid-answer": cancel(
    { fault: { what: "hang", at: 2 } },
    (_, seen) => seen.some(({ type }) => type === "text"),
  ),
  "who leaves the loop ends the request": leave,
  "its connection is used again": again,
  "several at once": together,
  ...TOOL_CASE_LIST,
} as const satisfies Readonly<Record<string, Case>>;

/** The name of a case. */
export type LlmCaseName = keyof typeof CASE_LIST;

/** Every case. */
export const LLM_CASES: ReadonlyMap<string, Case> = new Map(Object.entries(CASE_LIST));

/** What one without a server can show. */
export const SERVERLESS_CASES: ReadonlyMap<string, Case> = new Map([
  ["a plain answer", async (subject: LlmSubject) => {
    const provider = await openLlm(subject.block(""));
    const events = await Array.fromAsync(provider.answer(questionOf("hello"), NEVER));
    assertEquals([events[0]?.type, events.at(-1)], ["started", { type: "ended", reason: "stop" }]);
    assert(textOf(events).length > 0);
    await provider.close?.();
  }],
]);

/** Why a case does not apply to a subject; `undefined` where it does. */
export function reasonOf({ dialect, skipped }: LlmSubject, name: string): string | undefined {
  if (dialect === undefined && !SERVERLESS_CASES.has(name)) return "it has no server";
  if (name in TOOL_CASE_LIST && dialect?.calls === undefined) return "it calls no tools and sees no images";
  return new Map(Object.entries(skipped)).get(name);
}
