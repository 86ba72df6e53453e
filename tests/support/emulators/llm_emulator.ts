import { createServer, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { text as readText } from "node:stream/consumers";
import { type Clock, systemClock } from "../../../lib/lifecycle/mod.ts";
import {
  type LlmBehavior,
  type LlmExchange,
  type LlmFault,
  type LlmMessageSent,
  type LlmRefusalKind,
  tokensOf,
} from "./llm_behavior.ts";
import { type CallShape, numbered, type ScriptedCall } from "./call_shapes.ts";
import { GONE, LlmAnswer, type LlmReply } from "./llm_answer.ts";
import type { ToolTalk } from "./tool_talk.ts";
import { type EmulatorTls, SocketEmulator } from "./socket_emulator.ts";

/** How many tokens a request and its answer were. */
export interface LlmCounts {
  readonly promptTokens: number;
  readonly answerTokens: number;
}

/** A call with its id. */
export type SentCall = ScriptedCall & { readonly id: string };

/** How one kind of server speaks. */
export interface LlmDialect {
  /** What of its address is in the config, such as `/v1`. */
  readonly base: string;
  /** Where it answers. */
  readonly path: string;
  /** Where a model is loaded ahead. */
  readonly warmPath?: string;
  readonly contentType: string;
  /** How many answers it gives at once, unless its behavior says otherwise. */
  readonly slots?: number;
  /** Answers what is no question, such as a list of models; `silence` for never. */
  other?(exchange: LlmExchange): LlmReply | "silence" | undefined;
  /** The conversation that a request brings, where there may be calls and images in it. */
  talkOf?(body: Readonly<Record<string, unknown>>): ToolTalk;
  /** The conversation that a request brings, where that is not its `messages`. */
  messagesOf?(body: Readonly<Record<string, unknown>>): readonly LlmMessageSent[];
  /** What it does not take of a request, as it words it; `violation` where no server would. */
  check(
    exchange: LlmExchange,
    io: { readonly behavior: LlmBehavior; readonly violation: (what: string) => void },
  ): LlmReply | undefined;
  /** What it does with a conversation that is too long: it refuses, forgets in silence, or says nothing at all. */
  readonly tooLong: "refuse" | "forget" | "empty";
  /** Whether the model thinks, if it can. */
  thinks(exchange: LlmExchange): boolean;
  /** What comes right after the headers. */
  begin(exchange: LlmExchange): string;
  thought(token: string, exchange: LlmExchange): string;
  /** `index`: how many came before it. */
  token(token: string, exchange: LlmExchange, index: number): string;
  /** Calls, event by event, after the text; without it the server has none. */
  calls?(
    calls: readonly SentCall[],
    facts: { readonly shape: CallShape; readonly exchange: LlmExchange; readonly afterText: boolean },
  ): readonly string[];
  /** A sign of life; `""` where it has none. */
  readonly comment: string;
  /** The end: why, how many tokens, and that nothing follows. */
  end(
    finish: string,
    facts: LlmCounts & { readonly exchange: LlmExchange; readonly omit?: LlmBehavior["omit"] },
  ): string;
  /** Whether it has no stream: each answer is one piece, which may come bit by bit all the same. */
  readonly inOnePiece?: boolean;
  /** An answer in one piece. */
  whole(
    text: string,
    facts: LlmCounts & {
      readonly finish: string;
      readonly thoughts: string;
      readonly exchange: LlmExchange;
      readonly calls: readonly SentCall[];
    },
  ): string;
  refusal(kind: LlmRefusalKind): LlmReply;
  /** What it says in mid-answer; the body ends after it. */
  midError(kind: LlmRefusalKind): string;
}

const DEFAULT_ANSWER = "Good morning. How are you?";
/** How much of a line that never ends is sent, in bytes. */
const ENDLESS_BYTES = 16 << 20;

/**
 * A language model's server on a free port, for tests, load and soak: what it says, how fast, what goes wrong, and what
 * became of each request. Disposing fails when a request was none that any server takes.
 */
export class LlmEmulator extends SocketEmulator {
  /** Every request, oldest first. */
  readonly exchanges: LlmExchange[] = [];
  /** Connections since the start; `connections` counts requests. */
  sockets = 0;
  /** What it does with requests that come from now on. */
  behavior: LlmBehavior;
  /** What it does instead, by the question; `undefined` for what {@linkcode behavior} says. */
  behaviorOf: ((question: string) => LlmBehavior | undefined) | undefined;
  readonly #dialect: LlmDialect;
  readonly #clock: Clock;
  readonly #tls: boolean;
  readonly #apiKey: string | undefined;
  readonly #waiting: (() => void)[] = [];
  #answering = 0;
  #faults = 0;
  #loaded = false;
  readonly #http = createServer().on("request", (message) => {
    readText(message).then((body) => this.#begin(message, body), () => {});
  }).on("clientError", (_error, socket) => socket.destroy());

  private constructor(
    dialect: LlmDialect,
    options: Required<Omit<LlmEmulatorOptions, "apiKey">> & LlmEmulatorOptions,
  ) {
    super({}, { tls: options.tls });
    this.#dialect = dialect;
    this.#tls = options.tls !== false;
    this.#clock = options.clock;
    this.#apiKey = options.apiKey;
    this.behavior = options.behavior;
  }

  /** Starts a server of this kind. */
  static async start(dialect: LlmDialect, options: LlmEmulatorOptions = {}): Promise<LlmEmulator> {
    const emulator = new LlmEmulator(dialect, { behavior: {}, clock: systemClock, tls: false, ...options });
    await emulator.listen();
    return emulator;
  }

  /** Where it listens, such as `http://localhost:1234`. */
  get origin(): string {
    return `${this.#tls ? "https" : "http"}://localhost:${this.port}`;
  }

  /** What a config has as its url, such as `http://localhost:1234/v1`. */
  get url(): string {
    return `${this.origin}${this.#dialect.base}`;
  }

  /** Questions, oldest first, without lists of models and the like. */
  get questions(): readonly LlmExchange[] {
    return this.exchanges.filter(({ path }) => path === this.#dialect.path);
  }

  /** Questions that have not ended. */
  get pending(): number {
    return this.questions.filter(({ endedBy }) => endedBy === undefined).length;
  }

  wake(): void {} // it never stops reading

  protected serve(socket: Socket): void {
    this.sockets++;
    this.#http.emit("connection", socket);
  }

  #begin({ method = "", url = "", headers, socket }: IncomingMessage, text: string): void {
    this.connections++;
    const body = objectOf(text);
    const talk = this.#dialect.talkOf?.(body);
    const messages = talk?.messages ?? this.#dialect.messagesOf?.(body) ?? messagesOf(body);
    const exchange: LlmExchange = {
      method,
      path: url.replace(/\?.*$/, ""),
      query: Object.fromEntries(new URL(url, this.origin).searchParams),
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
      body,
      messages,
      question: messages.findLast(({ role }) => role === "user")?.content ?? "",
      results: talk?.results ?? [],
      images: talk?.images ?? 0,
      beganMs: this.#clock.nowMs(),
      tokens: 0,
      thought: false,
    };
    this.exchanges.push(exchange);
    const behavior = this.behaviorOf?.(exchange.question) ?? this.behavior;
    const answer = new LlmAnswer(socket, { behavior, clock: this.#clock });
    const end = (endedBy: NonNullable<LlmExchange["endedBy"]>) => {
      exchange.endedBy ??= endedBy;
      exchange.endedMs ??= this.#clock.nowMs();
      answer.release();
    };
    answer.gone.then(() => end("client"));
    this.#serve(exchange, answer).then(end, (thrown) => {
      if (thrown !== GONE) this.violations.push(String(thrown));
      end("client");
    });
  }

  async #serve(exchange: LlmExchange, answer: LlmAnswer): Promise<"answer" | "fault"> {
    const dialect = this.#dialect;
    const { behavior } = answer;
    if (this.#apiKey !== undefined && exchange.headers.authorization !== `Bearer ${this.#apiKey}`) {
      answer.reply(dialect.refusal("auth"));
      return "answer";
    }
    if (exchange.path !== dialect.path) return await this.#serveOther(exchange, answer);
    const { fault } = behavior;
    const counts = fault !== undefined && this.#faults < (behavior.faultTimes ?? Infinity);
    if (counts) this.#faults++;
    return await this.#serveQuestion(exchange, answer, counts ? fault : undefined);
  }

  async #serveOther(exchange: LlmExchange, answer: LlmAnswer): Promise<"answer"> {
    const dialect = this.#dialect;
    if (exchange.path === dialect.warmPath) await this.#load(answer);
    const reply = dialect.other?.(exchange);
    if (reply === "silence") await answer.gone;
    else answer.reply(reply ?? { status: 404, body: "404 page not found", type: "text/plain" });
    return "answer";
  }

  async #serveQuestion(
    exchange: LlmExchange,
    answer: LlmAnswer,
    fault?: LlmFault,
  ): Promise<"answer" | "fault"> {
    const dialect = this.#dialect;
    const { behavior } = answer;
    const violation = (what: string) => void this.violations.push(what);
    if (fault?.what === "refuse") {
      await answer.pause(behavior.headersMs);
      answer.reply({ ...dialect.refusal(fault.kind), ...(fault.headers && { headers: fault.headers }) });
      return "fault";
    }
    if (fault?.what === "answer") {
      answer.reply(fault);
      return "fault";
    }
    const refusal = dialect.check(exchange, { behavior, violation });
    if (refusal !== undefined) {
      answer.reply(refusal);
      return "answer";
    }
    const promptTokens = exchange.messages.flatMap(({ content }) => tokensOf(content)).length;
    const tooLong = promptTokens > (behavior.maxPromptTokens ?? Infinity);
    if (tooLong && dialect.tooLong === "refuse") {
      answer.reply(dialect.refusal("context"));
      return "answer";
    }
    const leave = await this.#enter(answer, behavior.slots ?? dialect.slots ?? Infinity);
    try {
      if (await this.#breaks(answer, "request", fault)) return "fault";
      await this.#load(answer);
      await answer.pause(behavior.headersMs);
      const silent = tooLong && dialect.tooLong === "empty";
      return await this.#speak(exchange, answer, { promptTokens, silent, ...(fault && { fault }) });
    } finally {
      leave();
    }
  }

  async #speak(
    exchange: LlmExchange,
    answer: LlmAnswer,
    { promptTokens, silent, fault }: {
      readonly promptTokens: number;
      readonly silent: boolean;
      readonly fault?: LlmFault;
    },
  ): Promise<"answer" | "fault"> {
    const dialect = this.#dialect;
    const { behavior } = answer;
    const calls = silent ? [] : callsOf(behavior, exchange);
    const { finish = calls.length > 0 ? "tool_calls" : "stop" } = behavior;
    const said = typeof behavior.answer === "function"
      ? behavior.answer(exchange.question, exchange)
      : behavior.answer ?? (calls.length > 0 ? "" : DEFAULT_ANSWER);
    const tokens = silent ? [] : tokensOf(said);
    exchange.thought = behavior.thoughts !== undefined && dialect.thinks(exchange);
    const thoughts = exchange.thought && !silent ? tokensOf(behavior.thoughts ?? []) : [];
    const counts = { promptTokens, answerTokens: tokens.length + thoughts.length };
    if (behavior.whole === true) {
      await answer.pause(behavior.firstTokenMs);
      exchange.tokens = tokens.length;
      answer.reply({
        status: 200,
        ...(dialect.inOnePiece === true && { type: dialect.contentType }),
        body: dialect.whole(tokens.join(""), {
          ...counts,
          finish,
          thoughts: thoughts.join(""),
          exchange,
          calls,
        }),
      });
      return "answer";
    }
    answer.head(200, { "content-type": dialect.contentType });
    exchange.headersMs = this.#clock.nowMs();
    if (await this.#breaks(answer, "headers", fault)) return "fault";
    answer.write(dialect.begin(exchange));
    await answer.waitAlive(behavior.firstTokenMs ?? 0, dialect.comment);
    const events = dialect.inOnePiece === true
      ? piecesOf(
        dialect.whole(tokens.join(""), { ...counts, finish, thoughts: thoughts.join(""), exchange, calls }),
        tokens.length,
      )
      : [
        ...thoughts.map((token) => ({ event: dialect.thought(token, exchange), spoken: false })),
        ...tokens.map((token, index) => ({ event: dialect.token(token, exchange, index), spoken: true })),
        ...(calls.length === 0 ? [] : dialect.calls?.(calls, {
          shape: behavior.callShape ?? "pieces",
          exchange,
          afterText: tokens.length > 0,
        }) ?? []).map((event) => ({ event, spoken: true })),
      ];
    for (const [index, { event, spoken }] of events.entries()) {
      if (index > 0) await answer.pause(behavior.tokenMs);
      if (spoken && await this.#breaks(answer, exchange.tokens, fault, event)) return "fault";
      exchange.firstTokenMs ??= this.#clock.nowMs();
      answer.write(event);
      if (spoken) exchange.tokens++;
    }
    if (await this.#breaks(answer, exchange.tokens, fault)) return "fault";
    if (dialect.inOnePiece !== true) {
      answer.write(
        dialect.end(finish, { ...counts, exchange, ...(behavior.omit && { omit: behavior.omit }) }),
      );
    }
    await answer.pause(behavior.lingerMs);
    answer.end();
    return "answer";
  }

  /** Whether it goes wrong here. */
  async #breaks(
    answer: LlmAnswer,
    at: "request" | "headers" | number,
    fault?: LlmFault,
    next = "",
  ): Promise<boolean> {
    if (fault?.what === "error" && fault.afterTokens === at) {
      answer.write(this.#dialect.midError(fault.kind));
      answer.end();
      return true;
    }
    if (fault === undefined || !("at" in fault) || fault.at !== at) return false;
    switch (fault.what) {
      case "hang":
        answer.write(next.slice(0, next.length / 2));
        return await answer.gone;
      case "reset":
        answer.reset();
        return true;
      case "cut":
        answer.end();
        return true;
      case "endless":
        answer.head(200, { "content-type": this.#dialect.contentType });
        return await answer.endless(ENDLESS_BYTES);
    }
  }

  /** The model is loaded once. */
  async #load(answer: LlmAnswer): Promise<void> {
    if (this.#loaded) return;
    await answer.pause(answer.behavior.loadMs);
    this.#loaded = true;
  }

  /** Waits for a place; the function gives it back. */
  async #enter(answer: LlmAnswer, slots: number): Promise<() => void> {
    while (this.#answering >= slots) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      try {
        await answer.orGone(promise);
      } catch (thrown) {
        const index = this.#waiting.indexOf(resolve);
        // Who was called already passes it on.
        if (index === -1) this.#waiting.shift()?.();
        else this.#waiting.splice(index, 1);
        throw thrown;
      }
    }
    this.#answering++;
    return () => {
      this.#answering--;
      this.#waiting.shift()?.();
    };
  }
}

/** Options of {@linkcode LlmEmulator.start}. */
export interface LlmEmulatorOptions {
  readonly behavior?: LlmBehavior;
  readonly clock?: Clock;
  readonly tls?: EmulatorTls;
  /** The key that it wants. Default: none. */
  readonly apiKey?: string;
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return { ...JSON.parse(text) };
  } catch {
    return {};
  }
}

function messagesOf({ messages }: Readonly<Record<string, unknown>>): readonly LlmMessageSent[] {
  return Array.isArray(messages)
    ? messages.map(({ role, content }) => ({ role: String(role), content: String(content) }))
    : [];
}

/** A body, cut into so many pieces, or one. */
function piecesOf(
  body: string,
  count: number,
): readonly { readonly event: string; readonly spoken: boolean }[] {
  const characters = [...body];
  const length = Math.ceil(characters.length / Math.max(count, 1));
  return Array.from({ length: Math.max(count, 1) }, (_, index) => ({
    event: characters.slice(index * length, (index + 1) * length).join(""),
    spoken: true,
  }));
}

/** What the model calls now. */
function callsOf({ calls = [] }: LlmBehavior, exchange: LlmExchange): readonly SentCall[] {
  if (typeof calls === "function") return numbered(calls(exchange));
  return exchange.results.length > 0 ? [] : numbered(calls);
}

/** What no server takes: roles that do not alternate, a system message that is not the first, no question. */
export function messagesFault(messages: readonly LlmMessageSent[]): string | undefined {
  const talk = messages[0]?.role === "system" ? messages.slice(1) : messages;
  const wrong = talk.some(({ role }, index) => role !== (index % 2 === 0 ? "user" : "assistant"));
  if (wrong || talk.length % 2 === 0) return `the roles ${messages.map(({ role }) => role).join(", ")}`;
  return messages.some(({ content }) => content.trim() === "") ? "an empty message" : undefined;
}
