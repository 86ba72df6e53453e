import type { EarshotError } from "../../errors/mod.ts";
import type { LlmProviderRequest, ToolsRefusal } from "../contract.ts";
import { withoutTools } from "../without_tools.ts";
import type { AskChatOptions, ChatBody } from "./ask_chat.ts";
import type { ChatFault } from "./chat_fault.ts";

/** Servers refuse a request that they do not take with these; a page that is not there, and one of their own faults, too. */
const STATUSES = new Set([400, 404, 405, 422, 500, 501]);

/** How servers word it that they, or the model, call no tools. */
const UNSUPPORTED = new RegExp(
  [
    // vLLM and llama.cpp without their flags
    /tool choice requires|tools param requires/,
    /(not|n't|no) (currently |yet )?(support\w*|enabled?|available|allowed)[^.]{0,40}(tools?\b|function)/,
    /(tools?|function)([ _-]?(call\w*|use|choice))?`? (is|are|was) (not|n't|un)\s?(currently |yet )?(support|enabl|avail|allow)/,
    /(support tool use|support function calling|support tool (calls|messages))/,
  ].map(({ source }) => source).join("|"),
  "i",
);

/** Whether a server takes tools. One that has refused them is asked without from then on. */
export class ToolSupport {
  #refusal: ToolsRefusal | undefined;

  /** Why it has refused tools last; `undefined` where it never has. */
  get refusal(): ToolsRefusal | undefined {
    return this.#refusal;
  }

  /** Whether they are worth sending. */
  get takes(): boolean {
    return this.#refusal?.always !== true;
  }

  /** Learns from a refusal. `true`: it was because of the tools, and the same without them is worth asking. */
  learn(
    fault: ChatFault,
    { status, error }: { readonly status: number; readonly error: EarshotError },
  ): boolean {
    const refused = refusedOf(fault, status);
    if (refused === undefined) return false;
    this.#refusal = { error, always: refused === "all" };
    return true;
  }
}

/** The tools of one request, with which it is asked, unless the server takes none. */
export class RequestTools {
  readonly #support: ToolSupport;
  readonly #request: LlmProviderRequest;
  #sent: boolean;

  /** `mode` is what the config says: `off` sends none. */
  constructor(
    request: LlmProviderRequest,
    { support, mode }: { readonly support: ToolSupport; readonly mode: "auto" | "off" },
  ) {
    this.#request = request;
    this.#support = support;
    this.#sent = (request.tools ?? []).length > 0 && mode === "auto" && support.takes;
  }

  /** Those that were part of what was asked last; `undefined` for none. */
  get offered(): LlmProviderRequest["tools"] {
    return this.#sent ? this.#request.tools : undefined;
  }

  /** What is asked, by `bodyOf`: with the tools, and once without where the server refuses them. */
  ask(
    bodyOf: (request: LlmProviderRequest, tools: { readonly tools: boolean }) => ChatBody,
  ): ChatBody & Pick<AskChatOptions, "tools"> {
    const body = bodyOf(this.#request, { tools: this.#sent });
    if (!this.#sent) return body;
    const without = () => {
      this.#sent = false;
      return bodyOf(withoutTools(this.#request), { tools: false });
    };
    return { ...body, tools: { support: this.#support, without } };
  }
}

/** What of the tools a server refuses: all, or how one of them is described, which others may be better at. */
function refusedOf({ param, message }: ChatFault, status: number): "all" | "one" | undefined {
  if (!STATUSES.has(status)) return undefined;
  if (/^tools[.[]/.test(param) || /(?<![\w-])tools(\.|\[)\d/.test(message)) return "one";
  if (param === "tools" || UNSUPPORTED.test(message)) return "all";
  return status < 500 && /(?<![\w-])tools(?![\w-])/.test(message) ? "all" : undefined;
}
