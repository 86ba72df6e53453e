import type { EarshotError } from "../../errors/mod.ts";
import { type HttpAnswer, type HttpClient, HttpRefusal } from "../../net/mod.ts";
import { connectionError, type ServiceName } from "../../service/mod.ts";
import { chatError, type ChatFault, meaningOf, readChatFault } from "./chat_fault.ts";
import type { OptionalFields } from "./optional_fields.ts";

/** How often a request is made anew at most, each time without a field that was refused. */
const MAX_FIELD_ATTEMPTS = 4;

/** What a request is made of. */
export interface AskChatOptions {
  readonly http: HttpClient;
  readonly service: ServiceName;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What is sent in any case. */
  readonly fixed: Readonly<Record<string, unknown>>;
  /** What the request can do without; default: nothing. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Which of them the server has refused. */
  readonly optional?: OptionalFields;
  /** Takes out of the server's words what they repeat of the conversation. */
  readonly unquoted: (words: string) => string;
  /** What a refusal means. Default: what {@linkcode chatError} makes of it. */
  readonly errorOf?: (fault: ChatFault, refusal: HttpRefusal) => EarshotError;
  readonly signal: AbortSignal;
}

/**
 * Sends a question as JSON, and once more without each optional field that the server names in its refusal.
 *
 * @throws {EarshotError} `llm.*` or `canceled`
 */
export async function askChat(options: AskChatOptions): Promise<HttpAnswer> {
  const { http, service, url, headers, fixed, fields = {}, optional, unquoted, signal } = options;
  const errorOf = options.errorOf ??
    ((fault, refusal) => chatError(service, fault, { status: refusal.status, cause: refusal }));
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
      throw errorOf({ ...fault, message: unquoted(fault.message) }, thrown);
    }
  }
}
