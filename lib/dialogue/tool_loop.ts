import { EarshotError } from "../errors/mod.ts";
import type { Clock } from "../lifecycle/mod.ts";
import type { LlmStep, LlmText, LlmToolCall } from "../llm/mod.ts";
import type { ToolOutcome, TurnTools } from "../tools/mod.ts";
import { AnswerReader } from "./answer_reader.ts";
import { askBack, isYes } from "./confirmation.ts";
import type { DialogueContext, DialogueEvent } from "./contract.ts";
import { promptWords } from "./prompt_words.ts";
import { cutBytes } from "./readable_text.ts";
import { SpokenPieces } from "./spoken_pieces.ts";

/** The most text of an answer, in UTF-8. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** How many rounds of calls an answer has; then the model has to say something. */
const MOST_STEPS = 4;

/** What one round asks of a model. */
export interface Round {
  /** What was done so far. */
  readonly steps: readonly LlmStep[];
  /** Whether no tool may be called any more. */
  readonly toolsClosed: boolean;
}

/** Options of {@linkcode ToolLoop}. */
export interface ToolLoopOptions {
  /** Asks the language models. */
  readonly ask: (round: Round) => AsyncIterable<LlmText>;
  readonly question: string;
  readonly context: DialogueContext;
  /** What may be called; nothing without them. */
  readonly tools: TurnTools | undefined;
  /** Resolves once tools may be called. */
  readonly mayAct: () => Promise<void>;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/**
 * One answer: what the model says is cut into pieces, what it calls is done, and it is asked again with what came of it, in
 * at most 4 rounds. Whatever tools do, the answer ends in words.
 */
export class ToolLoop {
  readonly #options: ToolLoopOptions;
  readonly #steps: LlmStep[] = [];
  #leftBytes = MAX_ANSWER_BYTES;
  /** Whether anything of it could be heard or seen. */
  #perceptible = false;
  /** What of the text was written; a later round goes on on a new line. */
  #written = "";
  #acted = false;

  /** Asks nothing yet. */
  constructor(options: ToolLoopOptions) {
    this.#options = options;
  }

  /** The answer; `llm.empty` for one with neither a word nor an emoji, though what was done counts as one. */
  async *events(): AsyncGenerator<DialogueEvent, undefined> {
    yield* this.#takeUp();
    for (let round = 0;; round++) {
      const toolsClosed = round >= MOST_STEPS || this.#options.tools?.spent === true;
      const said = yield* this.#say({ steps: [...this.#steps], toolsClosed });
      const { reason, calls } = said;
      if (reason === "cut" || toolsClosed || calls.length === 0) {
        yield* this.#end(reason);
        return;
      }
      const results = yield* this.#act(calls);
      const question = results.find(({ status }) => status === "asks_back");
      if (question !== undefined) {
        yield* this.#askBack(question);
        return;
      }
      this.#steps.push({
        text: said.text,
        results: results.map(({ call, text }) => ({ call, text })),
        ...(said.thoughts !== "" && { thoughts: said.thoughts }),
      });
    }
  }

  /** What was done for words that are part of the question, and what somebody has just said yes to. */
  async *#takeUp(): AsyncGenerator<DialogueEvent, undefined> {
    const { tools, question, signal, mayAct } = this.#options;
    if (tools === undefined) return;
    const taken = [...tools.inherited];
    if (tools.pending !== undefined && isYes(question)) {
      await mayAct();
      const confirmed = await tools.confirm(signal);
      if (confirmed !== undefined) taken.push(confirmed);
    }
    if (taken.length === 0) return;
    this.#acted = true;
    this.#steps.push({ text: "", results: taken.map(({ call, text }) => ({ call, text })) });
    yield* effectsOf(taken);
  }

  /** What the model says in one round, and what it calls. */
  async *#say(round: Round): AsyncGenerator<DialogueEvent, Said> {
    const { ask, context, signal, clock } = this.#options;
    const reader = new AnswerReader(ask(round), { signal, clock });
    const pieces = new SpokenPieces(context.languages, { clock });
    const calls: LlmToolCall[] = [];
    let [text, thoughts] = ["", ""];
    let reason: Said["reason"] = "cut";
    try {
      for (let part = await reader.next(); part !== undefined; part = await reader.next(pieces.quietMs)) {
        if (part === "quiet") {
          yield* pieces.quiet();
        } else if (part.type === "ended") {
          if (part.reason === "stop") reason = "complete";
          break;
        } else if (part.type === "tool_call") {
          calls.push(part.call);
        } else if (part.type === "thoughts") {
          thoughts += part.text;
        } else if (part.type === "text") {
          const kept = cutBytes(part.text, this.#leftBytes);
          this.#leftBytes -= new TextEncoder().encode(kept).length;
          if (text === "" && kept !== "" && this.#written !== "") yield* pieces.push("\n");
          text += kept;
          yield* pieces.push(kept);
          if (kept.length < part.text.length) break;
        }
      }
    } catch (thrown) {
      if (!(this.#acted && isEmpty(thrown))) throw thrown;
      // What it called was all it had to say.
      reason = "complete";
    } finally {
      // Before the rest is spoken: the place at the service is another's by then.
      await reader.close();
    }
    yield* pieces.end();
    this.#written += text;
    this.#perceptible ||= pieces.perceptible;
    return { text, thoughts, calls, reason };
  }

  async *#act(calls: readonly LlmToolCall[]): AsyncGenerator<DialogueEvent, readonly ToolOutcome[]> {
    const { tools, signal, mayAct } = this.#options;
    if (tools === undefined) return [];
    await mayAct();
    this.#acted = true;
    const results = await tools.callAll(calls, signal);
    if (signal.aborted) throw EarshotError.from(signal.reason, "canceled");
    yield* effectsOf(results);
    return results;
  }

  async *#askBack({ tool, args = {} }: ToolOutcome): AsyncGenerator<DialogueEvent, undefined> {
    const { languages: [language] } = this.#options.context;
    if (tool !== undefined) yield* this.#words(askBack({ tool, args }, language));
    yield { type: "ended", reason: "complete" };
  }

  async *#end(reason: Said["reason"]): AsyncGenerator<DialogueEvent, undefined> {
    if (!this.#perceptible) {
      if (!this.#acted) {
        throw new EarshotError("llm.empty", "Cannot speak the answer: there is no word in it");
      }
      yield* this.#words(promptWords(this.#options.context.languages[0]).done);
    }
    yield { type: "ended", reason };
  }

  /** A sentence of ours. */
  *#words(sentence: string): Generator<DialogueEvent, undefined> {
    const text = this.#written === "" ? sentence : `\n${sentence}`;
    yield { type: "piece", text, spoken: sentence };
  }
}

/** What a model has said in one round. */
interface Said {
  readonly text: string;
  readonly thoughts: string;
  readonly calls: readonly LlmToolCall[];
  readonly reason: "complete" | "cut";
}

function* effectsOf(results: readonly ToolOutcome[]): Generator<DialogueEvent, undefined> {
  for (const { effect } of results) if (effect !== undefined) yield { type: "effect", effect };
}

function isEmpty(thrown: unknown): boolean {
  return thrown instanceof EarshotError && thrown.code === "llm.empty";
}
