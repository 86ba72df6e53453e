import { EarshotError } from "../errors/mod.ts";
import { type Clock, systemClock } from "../lifecycle/mod.ts";
import type { LlmRequest } from "../llm/mod.ts";
import { AnswerReader } from "./answer_reader.ts";
import { cutChars, sendable } from "./readable_text.ts";
import { estimateTokens } from "./context_window.ts";
import type { AskLlm, PastTurn } from "./contract.ts";
import { heardAnswer, WORD_FOR_WORD_MS } from "./history.ts";
import { MAX_SUMMARY_CHARS } from "./prompt.ts";
import { type SummaryWords, summaryWords } from "./summary_words.ts";

/** What of a turn is read, of the question as of the answer. */
const MAX_TURN_CHARS = 1_500;
/** 1,500 Chinese characters and some. */
const MAX_ANSWER_TOKENS = 1_600;

/** What a summary is made of. */
export interface SummaryInput {
  /** The summary before; `""` for none. */
  readonly summary: string;
  /** The turns that are not in it yet, oldest first; see {@linkcode turnsToSummarize}. */
  readonly turns: readonly PastTurn[];
  /** The language that it is written in (BCP 47). */
  readonly language: string;
}

/** Options of {@linkcode summarize}. */
export interface SummarizeOptions {
  readonly ask: AskLlm;
  /** Ends it early. */
  readonly signal: AbortSignal;
  /** How long it may take in all. Default 60,000. */
  readonly deadlineMs?: number;
  /** How much is read at once, in estimated tokens; the rest stays for the next time. Default 3,000. */
  readonly maxInputTokens?: number;
  readonly clock?: Clock;
}

type AskOptions = Pick<SummarizeOptions, "ask" | "signal"> & { readonly clock: Clock };

/** A new summary, or why the old one stays. */
export type SummaryOutcome =
  | {
    readonly type: "summary";
    /** At most 1,500 UTF-16 units. */
    readonly text: string;
    /** When the last turn in it was said, in ms since 1970. */
    readonly throughAtMs: number;
    /** How many of the turns are in it, from the first. */
    readonly turns: number;
  }
  | { readonly type: "failed"; readonly error: EarshotError };

/** The turns that a summary lacks: older than 30 minutes, and said after what is in it. A summary is due if there are any. */
export function turnsToSummarize(
  turns: readonly PastTurn[],
  { nowMs, summarizedThroughMs }: {
    /** In ms since 1970. */
    readonly nowMs: number;
    /** When the last turn in the summary was said, in ms since 1970; -Infinity without one. */
    readonly summarizedThroughMs: number;
  },
): readonly PastTurn[] {
  return turns.filter(({ atMs }) => atMs > summarizedThroughMs && atMs < nowMs - WORD_FOR_WORD_MS);
}

/**
 * Makes of the summary before and the turns since then a new summary. It never throws: whatever fails, the old one stays.
 * Turns with nothing to tell (refused, or empty) count as read without a question to the model.
 */
export async function summarize(input: SummaryInput, options: SummarizeOptions): Promise<SummaryOutcome> {
  const { signal, deadlineMs = 60_000, maxInputTokens = 3_000, clock = systemClock } = options;
  const late = new AbortController();
  const cancelTimer = clock.schedule(deadlineMs, () => {
    late.abort(new EarshotError("llm.timeout", `Cannot summarize: ${deadlineMs} ms have passed`));
  });
  const life = AbortSignal.any([signal, late.signal]);
  const asking = { ask: options.ask, signal: life, clock };
  try {
    try {
      return await summarizeOnce(input, { ...asking, maxInputTokens });
    } catch (thrown) {
      if (EarshotError.from(thrown).code !== "llm.context") throw thrown;
      return await summarizeOnce(input, { ...asking, maxInputTokens: maxInputTokens / 2 });
    }
  } catch (thrown) {
    // What ended because of the deadline fails by it, however the one who was asked puts that.
    const error = EarshotError.from(late.signal.aborted ? late.signal.reason : thrown, "llm.failed");
    return { type: "failed", error };
  } finally {
    cancelTimer();
  }
}

async function summarizeOnce(
  { summary, turns, language }: SummaryInput,
  options: AskOptions & { readonly maxInputTokens: number },
): Promise<SummaryOutcome> {
  const { maxInputTokens } = options;
  const words = summaryWords(language);
  const before = cutChars(sendable(summary), MAX_SUMMARY_CHARS);
  const lines: string[] = [];
  let tokens = estimateTokens(before);
  let read = 0;
  let throughAtMs = -Infinity;
  for (const turn of turns) {
    const line = lineOf(turn, words);
    tokens += estimateTokens(line);
    if (lines.length > 0 && tokens > maxInputTokens) break;
    if (line !== "") lines.push(line);
    read++;
    throughAtMs = Math.max(throughAtMs, turn.atMs);
  }
  if (lines.length === 0) return { type: "summary", text: before, throughAtMs, turns: read };
  const text = await textOf({
    instructions: words.instructions(MAX_SUMMARY_CHARS),
    history: [],
    context: "",
    question: [`${words.before}\n${before || words.none}`, `${words.since}\n${lines.join("\n")}`, words.ask]
      .join("\n\n"),
    language,
    maxTokens: MAX_ANSWER_TOKENS,
  }, options);
  return { type: "summary", text, throughAtMs, turns: read };
}

function lineOf(turn: PastTurn, words: SummaryWords): string {
  if (turn.refused === true) return "";
  const user = cutChars(sendable(turn.user), MAX_TURN_CHARS);
  const answer = cutChars(heardAnswer(turn), MAX_TURN_CHARS);
  return [...(user === "" ? [] : [words.user(user)]), ...(answer === "" ? [] : [words.answer(answer)])]
    .join("\n");
}

/** The answer, cut; it is read no further than that. */
async function textOf(
  request: LlmRequest,
  { ask, signal, clock }: AskOptions,
): Promise<string> {
  let text = "";
  let whole = false;
  const reader = new AnswerReader(ask(request, signal), { signal, clock });
  try {
    for (let part = await reader.next(); part !== undefined; part = await reader.next()) {
      if (part === "quiet" || part.type === "usage") continue;
      if (part.type === "text") text += part.text;
      else if (part.type === "ended") whole = part.reason !== "truncated";
      if (text.length > MAX_SUMMARY_CHARS) break;
    }
  } finally {
    await reader.close();
  }
  if (!whole && text.length <= MAX_SUMMARY_CHARS) {
    throw new EarshotError("llm.disconnected", "Cannot summarize: the answer broke off");
  }
  const short = sentencesWithin(sendable(text), MAX_SUMMARY_CHARS);
  if (!/[\p{L}\p{N}]/u.test(short)) {
    throw new EarshotError("llm.empty", "Cannot summarize: there is no word in the answer");
  }
  return short;
}

/** As many whole sentences as fit, or as many characters where even the first does not. */
function sentencesWithin(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const cut = cutChars(text, maxChars);
  const end = Math.max(
    ...[". ", ".\n", "。", "！", "？", "! ", "? ", "\n"].map((mark) => cut.lastIndexOf(mark)),
  );
  return end < maxChars / 2 ? cut.trimEnd() : cut.slice(0, end + 1).trimEnd();
}
