import type { LlmMessageSent } from "./llm_behavior.ts";

/** A result that a request brings. */
export interface SentResult {
  /** The id of its call, or the name of its tool where the server has no ids. */
  readonly of: string;
  readonly content: string;
}

/** A conversation with calls in it, read as strictly as the strictest server reads it. */
export interface ToolTalk {
  /** The messages without calls and results; content in parts is its text. */
  readonly messages: readonly LlmMessageSent[];
  /** What was called for the last question, and came of it. */
  readonly results: readonly SentResult[];
  /** How many images the last question has. */
  readonly images: number;
  /** What no server takes. */
  readonly fault: string | undefined;
}

type Body = Readonly<Record<string, unknown>>;
type Sent = Readonly<Record<string, unknown>>;
/** One call of a request. */
interface SentCall {
  readonly of: string;
  readonly fault: string | undefined;
}

/** How one kind of server has calls and results in its messages. */
interface Form {
  /** The calls that a message has. */
  calls(message: Sent): readonly SentCall[];
  /** The results that a message has. */
  results(message: Sent): readonly SentResult[];
  /** Whether all results of a step are in one message. */
  readonly together: boolean;
  text(message: Sent): string;
  images(message: Sent): number;
}

const listOf = (value: unknown): readonly Sent[] =>
  Array.isArray(value) ? value.map((item) => ({ ...item })) : [];
const partsOf = ({ content }: Sent, type: string) => listOf(content).filter((part) => part["type"] === type);
const textIn = (message: Sent) =>
  Array.isArray(message["content"])
    ? partsOf(message, "text").map(({ text }) => String(text)).join("")
    : String(message["content"] ?? "");
const NAME = /^[a-zA-Z0-9_-]{1,64}$/;

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function objectIn(text: unknown): boolean {
  try {
    return typeof text === "string" && isObject(JSON.parse(text));
  } catch {
    return false;
  }
}

const CHAT: Form = {
  calls: ({ tool_calls: calls, content }) =>
    listOf(calls).map(({ id, type, function: called }) => {
      const { name, arguments: text } = Object(called);
      const fault = typeof id !== "string" || id === "" || id.length > 40
        ? `a call with the id ${id}`
        : type !== "function" || !NAME.test(String(name))
        ? `a call of ${name}`
        : content === ""
        ? "a call with an empty text"
        : objectIn(text)
        ? undefined
        : `the arguments ${text}`;
      return { of: String(id), fault };
    }),
  results: (message) =>
    message["role"] === "tool"
      ? [{ of: String(message["tool_call_id"]), content: String(message["content"]) }]
      : [],
  together: false,
  text: textIn,
  images: (message) =>
    partsOf(message, "image_url").filter(({ image_url: image }) =>
      /^data:image\/\w+;base64,[\w+/]+=*$/.test(String(Object(image).url))
    ).length,
};

const OLLAMA: Form = {
  calls: ({ tool_calls: calls }) =>
    listOf(calls).map(({ function: called }) => {
      const { name, arguments: given } = Object(called);
      return {
        of: String(name),
        fault: isObject(given) ? undefined : `the arguments ${JSON.stringify(given)}`,
      };
    }),
  results: (message) =>
    message["role"] === "tool"
      ? [{ of: String(message["tool_name"]), content: String(message["content"]) }]
      : [],
  together: false,
  text: textIn,
  images: ({ images }) =>
    Array.isArray(images) ? images.filter((image) => /^[\w+/]+=*$/.test(String(image))).length : 0,
};

const ANTHROPIC: Form = {
  calls: (message) =>
    partsOf(message, "tool_use").map(({ id, name, input }) => ({
      of: String(id),
      fault: !/^[a-zA-Z0-9_-]+$/.test(String(id))
        ? `a call with the id ${id}`
        : !NAME.test(String(name))
        ? `a call of ${name}`
        : !isObject(input)
        ? `the input ${JSON.stringify(input)}`
        : partsOf(message, "text").some(({ text }) => String(text).trim() === "")
        ? "an empty text block"
        : undefined,
    })),
  results: (message) =>
    partsOf(message, "tool_result").map(({ tool_use_id: of, content }) => ({
      of: String(of),
      content: String(content),
    })),
  together: true,
  text: textIn,
  images: (message) =>
    partsOf(message, "image").filter(({ source }) =>
      Object(source).type === "base64" && /^[\w+/]+=*$/.test(String(Object(source).data))
    ).length,
};

/** A conversation of chat completions. */
export const chatTalk = (body: Body): ToolTalk => talkOf(body, CHAT);
/** One of Ollama's own protocol. */
export const ollamaTalk = (body: Body): ToolTalk => talkOf(body, OLLAMA);
/** One of the Messages API. */
export const anthropicTalk = (body: Body): ToolTalk => talkOf(body, ANTHROPIC);

function talkOf(body: Body, form: Form): ToolTalk {
  const messages: LlmMessageSent[] = [];
  let [results, images]: [SentResult[], number] = [[], 0];
  let waiting: readonly string[] = [];
  let fault = toolsFault(body);
  const wrong = (what: string | undefined) => void (fault ??= what);
  for (const message of listOf(body["messages"])) {
    const role = String(message["role"]);
    const given = form.results(message);
    if (given.length > 0) {
      const ofThese = form.together ? given.length === waiting.length : true;
      if (!ofThese || given.some(({ of }) => !waiting.includes(of))) {
        wrong(`a result of ${given.map(({ of }) => of)}`);
      }
      waiting = without(waiting, given.map(({ of }) => of));
      results.push(...given);
      if (role === "tool" || form.text(message) === "") continue;
    }
    if (waiting.length > 0) wrong(`no result of ${waiting}`);
    const calls = form.calls(message);
    if (calls.length > 0) {
      if (role !== "assistant") wrong(`calls of the ${role}`);
      if (body["tools"] === undefined) wrong("calls without tools");
      if (messages.at(-1)?.role !== "user") wrong(`a call after the ${messages.at(-1)?.role}`);
      if (new Set(calls.map(({ of }) => of)).size < calls.length && form !== OLLAMA) wrong("an id twice");
      wrong(calls.find(({ fault }) => fault !== undefined)?.fault);
      waiting = calls.map(({ of }) => of);
      continue;
    }
    if (role === "user") [results, images] = [[], form.images(message)];
    const content = form.text(message);
    messages.push({ role, content: content === "" && form.images(message) > 0 ? "(an image)" : content });
  }
  if (waiting.length > 0) wrong(`no result of ${waiting}`);
  return { messages, results, images, fault };
}

/** Each of them once. */
function without(list: readonly string[], gone: readonly string[]): readonly string[] {
  const left = [...list];
  for (const one of gone) {
    const at = left.indexOf(one);
    if (at >= 0) left.splice(at, 1);
  }
  return left;
}

/** What is wrong with the tools that a request offers. */
function toolsFault({ tools, tool_choice: choice }: Body): string | undefined {
  if (tools === undefined) return choice === undefined ? undefined : "tool_choice without tools";
  if (!Array.isArray(tools) || tools.length === 0) return "no tools in tools";
  for (const tool of listOf(tools)) {
    const { name, description, parameters } = tool["type"] === "function" ? Object(tool["function"]) : {
      name: tool["name"],
      description: tool["description"],
      parameters: tool["input_schema"],
    };
    if (!NAME.test(String(name))) return `a tool with the name ${name}`;
    if (typeof description !== "string") return `the tool ${name} without a description`;
    if (Object(parameters).type !== "object") return `the parameters of ${name}`;
  }
  return undefined;
}
