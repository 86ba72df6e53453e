import { HttpClient, HttpRefusal } from "../../net/mod.ts";
import { connectionError, type ServiceName } from "../../service/mod.ts";
import { chatError, readChatFault } from "./chat_fault.ts";

/** Which model is loaded where. */
export interface WarmOllamaOptions {
  readonly http: HttpClient;
  readonly service: ServiceName;
  /** Its root, without `/api`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly model: string;
  /** How long it stays loaded after that. */
  readonly keepAlive?: string | number;
  /** As in requests: others would have it load the model again. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/**
 * Has Ollama load a model, which takes up to a minute.
 *
 * @throws {EarshotError} `llm.*` or `canceled`
 */
export async function warmOllama(
  { http, service, url, headers, model, keepAlive, options }: WarmOllamaOptions,
  signal: AbortSignal,
): Promise<void> {
  try {
    await http.text({
      url: `${url}/api/generate`,
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify({ model, keep_alive: keepAlive, options, stream: false }),
    }, signal);
  } catch (thrown) {
    if (!(thrown instanceof HttpRefusal)) throw connectionError(service, thrown);
    throw chatError(service, readChatFault(thrown.body), { status: thrown.status, cause: thrown });
  }
}
