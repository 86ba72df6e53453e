import type { EarshotError } from "../../errors/mod.ts";
import { type HttpAnswer, type HttpClient, HttpRefusal } from "../../net/mod.ts";
import { connectionError, type ServiceName } from "../../service/mod.ts";
import { chatError, type ChatFault, meaningOf, readChatFault } from "./chat_fault.ts";
import type { OptionalFields } from "./optional_fields.ts";
import type { ToolSupport } from "./tool_support.ts";

/** How often a request is made anew at most, each time without a field that was refused. */
const MAX_FIELD_ATTEMPTS = 4;

/** What a request is made of. */
export interface ChatBody {
  /** What is sent in any case. */
  readonly fixed: Readonly<Record<string, unknown>>;
  /** What the request can do without; default: nothing. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** A request, and what is needed to send it. */
export interface AskChatOptions extends ChatBody {
  readonly http: HttpClient;
  readonly service: ServiceName;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Which of the fields the server has refused. */
  readonly optional?: OptionalFields;
  /** Takes out of the server's words what they repeat of the conversation. */
  readonly unquoted: (words: string) => string;
  /** What a refusal means. Default: what {@linkcode chatError} makes of it. */
  readonly errorOf?: (fault: ChatFault, refusal: HttpRefusal) => EarshotError;
  /** Where the request has tools: whether the server takes any, and the request without them. */
  readonly tools?: { readonly support: ToolSupport; readonly without: () => ChatBody } | undefined;
  readonly signal: AbortSignal;
}

/**
 * Sends a question as JSON, and once more without each optional field that the server names in its refusal, and without
 * tools where it takes none.
 *
 * @throws {EarshotError} `llm.*` or `canceled`
 */
export async function askChat(options: AskChatOptions): Promise<HttpAnswer> {
  const { http, service, url, headers, optional, unquoted, signal } = options;
  const errorOf = options.errorOf ??
    ((fault, refusal) => chatError(service, fault, { status: refusal.status, cause: refusal }));
  let { fixed, fields = {}, tools } = options;
  for (let attempt = 1;; attempt++) {
    const sent = optional?.sendable(fields) ?? fields;
    try {
      return await http.fetch({
        url,
        headers: {
          "content-type": "application/json",
          accept: "text/event-stream, application/json",
          ...headers,
        },
        body: JSON.stringify({ ...sent, ...fixed }),
      }, signal);
    } catch (thrown) {
      if (!(thrown instanceof HttpRefusal)) throw connectionError(service, thrown);
      const { status, body } = thrown;
      const fault = readChatFault(body);
      const namesField = (status === 400 || status === 422) && meaningOf(fault, status) === "config";
      if (namesField && attempt < MAX_FIELD_ATTEMPTS && optional?.learn(fault, sent)) continue;
      const error = errorOf({ ...fault, message: unquoted(fault.message) }, thrown);
      if (!tools?.support.learn(fault, { status, error })) throw error;
      ({ fixed, fields = {} } = tools.without());
      tools = undefined;
    }
  }
}
