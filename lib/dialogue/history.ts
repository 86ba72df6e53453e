import type { LlmMessage, LlmStep } from "../llm/mod.ts";
import { cutChars, sendable } from "./readable_text.ts";
import type { PastTurn } from "./contract.ts";
import { sameWords } from "./same_words.ts";
import { textOfSteps, toldSteps } from "./told_steps.ts";

/** So old may a turn be to be told word for word; older ones are for the summary. */
export const WORD_FOR_WORD_MS = 30 * 60_000;
const MAX_TURNS = 20;

/** What ends an answer that was interrupted; the instructions say what it means. */
export const INTERRUPTED_MARK = "[interrupted]";

/** A question that was answered; each may have been several texts. */
interface Exchange {
  readonly user: string;
  readonly answer: string;
  /** What was done before the answer. */
  readonly steps: readonly LlmStep[];
}

/** What was said lately. */
export interface RecentTalk {
  /** What was answered, oldest first. */
  readonly exchanges: readonly Exchange[];
  /** What the user said after the last answer that was heard, oldest first. */
  readonly unanswered: readonly string[];
  /** What was done for that. */
  readonly unansweredSteps: readonly LlmStep[];
}

/** What of it a model is told. */
export interface FittedHistory {
  /** Empty, or alternating: the user's first, the assistant's last. */
  readonly messages: readonly LlmMessage[];
  /** What belongs before the question, in the same message: what the user said and got no answer to; or `""`. */
  readonly unanswered: string;
}

/** Options of {@linkcode fitHistory}. */
export interface FitOptions {
  readonly maxTokens: number;
  /** How many tokens a message is. */
  readonly tokensOf: (text: string) => number;
}

/**
 * The last 30 minutes, at most 20 turns: of each answer what was heard, with a mark where it was interrupted. A turn
 * without a heard answer joins the next one; a refused one is left out, with the unanswered texts that were asked with it.
 */
export function recentTalk(turns: readonly PastTurn[], nowMs: number): RecentTalk {
  const exchanges: Exchange[] = [];
  let unanswered: string[] = [];
  // What was done stays done, though nothing of its answer was heard.
  let steps: LlmStep[] = [];
  for (const turn of turns.filter(({ atMs }) => atMs >= nowMs - WORD_FOR_WORD_MS).slice(-MAX_TURNS)) {
    if (turn.refused === true) {
      unanswered = [];
      steps = [];
      continue;
    }
    const user = sendable(turn.user);
    const answer = heardAnswer(turn);
    // Who gets no answer says it again.
    const said = unanswered.at(-1);
    if (user !== "" && (said === undefined || !sameWords(user, said))) unanswered.push(user);
    steps.push(...toldSteps(turn.steps ?? []));
    if (answer === "") continue;
    if (unanswered.length > 0) {
      exchanges.push({ user: unanswered.join("\n"), answer, steps });
      unanswered = [];
      steps = [];
    } else {
      // Something that was said unasked, such as a greeting: after the answer before, or left out where there is none.
      const before = exchanges.pop();
      if (before !== undefined) exchanges.push({ ...before, answer: `${before.answer}\n${answer}` });
    }
  }
  return { exchanges, unanswered, unansweredSteps: steps };
}

/** As much of it as fits: whole turns, the newest. */
export function fitHistory(
  { exchanges, unanswered }: RecentTalk,
  { maxTokens, tokensOf }: FitOptions,
): FittedHistory {
  let left = maxTokens;
  const fits = (tokens: number) => (left -= tokens) >= 0;
  const waiting = newestThat(unanswered, (text) => fits(tokensOf(text)));
  const told = newestThat(
    exchanges,
    ({ user, answer, steps }) => fits(tokensOf(user) + tokensOf(answer) + tokensOfSteps(steps, tokensOf)),
  );
  return {
    messages: told.flatMap(({ user, answer, steps }): readonly LlmMessage[] => [
      { role: "user", content: user },
      { role: "assistant", content: answer, ...(steps.length > 0 && { steps }) },
    ]),
    unanswered: waiting.join("\n"),
  };
}

/** How many tokens a fitted history is. */
export function tokensOfHistory(
  { messages, unanswered }: FittedHistory,
  tokensOf: FitOptions["tokensOf"],
): number {
  const texts = [...messages.map(({ content }) => content), ...(unanswered === "" ? [] : [unanswered])];
  const ofSteps = messages.reduce((tokens, { steps = [] }) => tokens + tokensOfSteps(steps, tokensOf), 0);
  return texts.reduce((tokens, text) => tokens + tokensOf(text), ofSteps);
}

function tokensOfSteps(steps: readonly LlmStep[], tokensOf: FitOptions["tokensOf"]): number {
  return steps.length === 0 ? 0 : tokensOf(textOfSteps(steps));
}

/** What of an answer was heard, with a mark where that is not all; `""` for nothing. */
export function heardAnswer({ answer, heardChars }: Pick<PastTurn, "answer" | "heardChars">): string {
  const whole = sendable(answer);
  if (heardChars >= answer.length) return whole;
  const heard = sendable(cutChars(answer, heardChars));
  // What is left out may have been white space alone.
  if (heard === "" || heard === whole) return heard;
  return `${heard} ${INTERRUPTED_MARK}`;
}

/** The last values of a list, up to the first that does not fit. */
function newestThat<T>(values: readonly T[], fits: (value: T) => boolean): readonly T[] {
  let from = values.length;
  for (let at = values.length - 1; at >= 0; at--) {
    const value = values[at];
    if (value === undefined || !fits(value)) break;
    from = at;
  }
  return values.slice(from);
}
