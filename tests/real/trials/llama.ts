import { Dialogue, type DialogueEvent, type PastTurn } from "../../../lib/dialogue/mod.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { systemClock } from "../../../lib/lifecycle/mod.ts";
import {
  Answerer,
  type LlmEvent,
  type LlmProvider,
  type LlmRequest,
  LlmRunner,
  llmServiceKeys,
} from "../../../lib/llm/mod.ts";
import { CHAT_FLAVORS } from "../../../lib/llm/providers/chat_flavor.ts";
import { openLlm, questionOf, textOf } from "../../support/open_llm.ts";
import { until } from "../../support/until.ts";
import { LlamaPeer } from "../peers/llama.ts";
import { type Check, checked } from "../table.ts";
import type { Trial, TrialContext } from "../trial.ts";

const MODEL = "smollm2";
/** As much as SmolLM2 was made for would hide what a small window does. */
const CONTEXT_TOKENS = 2_048;
/** It looks for canceled requests between two parts of a prompt, of 2,048 tokens. */
const FREE_MS = 180_000;
/** After this much of an answer it is canceled, in pieces. */
const CANCELED_AFTER = 5;
const STORY = "Tell me a very long story about a dragon, of at least two thousand words.";
/** A sentence of 30 to 40 tokens. */
const FILLING =
  "The old keeper of the lighthouse wrote down every ship that passed, its name, its flag, its " +
  "cargo, and the color of the sea at that hour. ";
/** An answer that is not a word of it takes no longer on a machine that does other things. */
const PATIENT = { headersTimeoutMs: 120_000, firstTokenTimeoutMs: 120_000, tokenTimeoutMs: 60_000 };
const PAST_TURNS = 12;

/** `llm.openai` and the dialogue against llama.cpp's server with SmolLM2-135M. */
export const llamaTrial: Trial = { name: "llama", run: runTrial };

async function runTrial({ dir, signal }: TrialContext): Promise<readonly Check[]> {
  await using peer = await LlamaPeer.start({ dir, contextTokens: CONTEXT_TOKENS, signal });
  const checks: Check[] = await whileLoading(peer, signal);
  await peer.loaded();
  for (const check of [warmUp, streaming, thinkingOff, cancelMidAnswer, cancelWithinPrompt, contextError]) {
    checks.push(...await check(peer, signal));
  }
  checks.push(...await halvedHistory(peer, signal));
  return checks;
}

function blockOf(peer: LlamaPeer, more: Readonly<Record<string, unknown>> = {}) {
  return { type: "openai", url: peer.url, model: MODEL, temperature: 0, ...more };
}

async function withLlm<T>(
  peer: LlamaPeer,
  use: (llm: LlmProvider) => Promise<T>,
  more: Readonly<Record<string, unknown>> = {},
): Promise<T> {
  const llm = await openLlm(blockOf(peer, more));
  try {
    return await use(llm);
  } finally {
    await llm.close?.();
  }
}

/** The server listens while its model is loaded, which takes a moment here and a minute elsewhere. */
async function whileLoading(peer: LlamaPeer, signal: AbortSignal): Promise<Check[]> {
  return await withLlm(peer, async (llm) => {
    const code = await codeOf(() => Array.fromAsync(llm.answer(questionOf("Hi", { maxTokens: 1 }), signal)));
    return [
      checked(
        "a question while the model is loaded is refused for now, or answered",
        code === "llm.throttled" || code === "no error",
        code,
      ),
    ];
  });
}

async function warmUp(peer: LlamaPeer, signal: AbortSignal): Promise<Check[]> {
  return await withLlm(peer, async (llm) => {
    const before = (await peer.requests()).begun;
    const beganMs = performance.now();
    await llm.warm?.(signal);
    const tookMs = Math.round(performance.now() - beganMs);
    const { begun } = await peer.requests();
    return [
      checked("a warm-up asks for no answer", llm.warm !== undefined && begun === before, `${tookMs} ms`),
    ];
  });
}

async function streaming(peer: LlamaPeer, signal: AbortSignal): Promise<Check[]> {
  return await withLlm(peer, async (llm) => {
    const events: LlmEvent[] = [];
    const times: number[] = [];
    const beganMs = performance.now();
    const request = questionOf("Please tell me about dogs.", { maxTokens: 40 });
    for await (const event of llm.answer(request, signal)) {
      events.push(event);
      if (event.type === "text") times.push(performance.now() - beganMs);
    }
    const usage = events.find(({ type }) => type === "usage");
    const types = [...new Set(events.map(({ type }) => type))];
    const counted = usage?.type === "usage" ? usage : { promptTokens: 0, answerTokens: 0 };
    const [firstMs = 0] = times;
    return [
      checked(
        "an answer comes word by word, with its counts and its end",
        /dog/i.test(textOf(events)) && times.length > 3 && (times.at(-1) ?? 0) > firstMs &&
          Math.abs(counted.answerTokens - times.length) <= 1 && counted.promptTokens > 0 &&
          events.at(-1)?.type === "ended" && types[0] === "started",
        `${times.length} pieces, ${counted.promptTokens} + ${counted.answerTokens} tokens, first after ` +
          `${Math.round(firstMs)} ms, last after ${Math.round(times.at(-1) ?? 0)} ms`,
      ),
    ];
  });
}

/** Whatever a user takes the server for: each flavor has fields of its own for not thinking. */
async function thinkingOff(peer: LlamaPeer, signal: AbortSignal): Promise<Check[]> {
  const refused: string[] = [];
  const tooLong: string[] = [];
  for (const flavor of CHAT_FLAVORS) {
    const before = (await peer.requests()).begun;
    await withLlm(peer, async (llm) => {
      const events = await Array.fromAsync(
        llm.answer(questionOf("Count to fifty.", { maxTokens: 8 }), signal),
      );
      const usage = events.find(({ type }) => type === "usage");
      if (usage?.type !== "usage" || usage.answerTokens > 8) tooLong.push(flavor);
    }, { flavor });
    if ((await peer.requests()).begun !== before + 1) refused.push(flavor);
  }
  return [
    checked(
      "the fields for not thinking are taken, of every flavor",
      refused.length === 0,
      refused.join(", ") || `${CHAT_FLAVORS.length} flavors, one request each`,
    ),
    checked(
      "max_tokens and max_completion_tokens both end an answer",
      tooLong.length === 0,
      tooLong.join(", ") || "8 tokens at most",
    ),
  ];
}

async function cancelMidAnswer(peer: LlamaPeer, signal: AbortSignal): Promise<Check[]> {
  return await withLlm(peer, async (llm) => {
    const canceled = new AbortController();
    let pieces = 0;
    const code = await codeOf(async () => {
      const asked = AbortSignal.any([signal, canceled.signal]);
      for await (const { type } of llm.answer(questionOf(STORY, { maxTokens: 1_500 }), asked)) {
        if (type === "text" && ++pieces === CANCELED_AFTER) canceled.abort();
      }
    });
    return [await stopped(peer, "an answer that is canceled stops at the server", { code, pieces })];
  });
}

async function cancelWithinPrompt(peer: LlamaPeer, signal: AbortSignal): Promise<Check[]> {
  return await withLlm(peer, async (llm) => {
    const canceled = new AbortController();
    const long = questionOf(FILLING.repeat(20) + STORY, { maxTokens: 1_500 });
    const outcome = codeOf(() =>
      Array.fromAsync(llm.answer(long, AbortSignal.any([signal, canceled.signal])))
    );
    await until(() => peer.isBusy(), "the server reads the prompt");
    canceled.abort();
    return [
      await stopped(peer, "so does one that has not begun: its prompt is still being read", {
        code: await outcome,
        pieces: 0,
      }),
    ];
  });
}

/** The server gives the request up, and makes no further token of it. */
async function stopped(
  peer: LlamaPeer,
  what: string,
  { code, pieces }: { readonly code: string; readonly pieces: number },
): Promise<Check> {
  const abortedMs = performance.now();
  await until(async () => !await peer.isBusy(), "the server is free", { timeoutMs: FREE_MS });
  const freeMs = Math.round(performance.now() - abortedMs);
  const [decodes, { canceled }] = [await peer.decodes(), await peer.requests()];
  await new Promise((resolve) => setTimeout(resolve, 500));
  const later = await peer.decodes() - decodes;
  return checked(
    what,
    code === "canceled" && canceled > 0 && later === 0,
    `${code} after ${pieces} pieces, free ${freeMs} ms later, then ${later} further tokens`,
  );
}

async function contextError(peer: LlamaPeer, signal: AbortSignal): Promise<Check[]> {
  return await withLlm(peer, async (llm) => {
    const long = questionOf(FILLING.repeat(100));
    const code = await codeOf(() => Array.fromAsync(llm.answer(long, signal)));
    return [checked("a question that is too long is llm.context", code === "llm.context", code)];
  });
}

/** A history that fits by our estimate and not by the server's window. */
async function halvedHistory(peer: LlamaPeer, signal: AbortSignal): Promise<Check[]> {
  return await withLlm(peer, async (llm) => {
    const asked: LlmRequest[] = [];
    const watched: LlmProvider = {
      ...llm,
      answer: (request, life) => {
        asked.push(request);
        return llm.answer(request, life);
      },
    };
    const keys = llmServiceKeys.parse({ ...PATIENT, totalTimeoutMs: 600_000 });
    const runner = new LlmRunner(watched, { ...keys, clock: systemClock });
    const dialogue = new Dialogue({ contextTokens: 8_192, maxAnswerTokens: 60 });
    const ask = async (question: string) => {
      const events: DialogueEvent[] = [];
      const answer = dialogue.answer(question, contextOf(), {
        ask: (request, life) => new Answerer([runner]).ask(request, { signal: life, flow: "device" }),
        signal,
      });
      for await (const event of answer) events.push(event);
      return events;
    };
    const first = await ask("What did the keeper write down?");
    const [whole, half] = asked.map(({ history }) => history.length);
    asked.length = 0;
    const second = await ask("And what else?");
    const again = asked.map(({ history }) => history.length);
    return [
      checked(
        "a history that is too long is halved, and the question is answered",
        whole === 2 * PAST_TURNS && half !== undefined && half > 0 && half < whole && isAnswered(first),
        `${whole} messages, then ${half}`,
      ),
      checked(
        "the next question fits at once",
        again.length === 1 && isAnswered(second),
        `${again.join(", then ")} messages`,
      ),
    ];
  });
}

function isAnswered(events: readonly DialogueEvent[]): boolean {
  return events.some((event) => event.type === "piece" && event.spoken !== "") &&
    events.at(-1)?.type === "ended";
}

function contextOf() {
  const nowMs = Date.now();
  const history: PastTurn[] = Array.from({ length: PAST_TURNS }, (_, turn) => {
    const answer = FILLING.repeat(6);
    return { user: `What is on page ${turn}?`, answer, heardChars: answer.length, atMs: nowMs - 60_000 };
  });
  const languages: readonly [string] = ["en"];
  return { prompt: "", languages, history, summary: "", nowMs, timeZone: "UTC" };
}

async function codeOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return "no error";
  } catch (thrown) {
    return EarshotError.from(thrown).code;
  }
}
