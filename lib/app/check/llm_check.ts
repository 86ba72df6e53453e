import { EarshotError } from "../../errors/mod.ts";
import type { LlmProvider } from "../../llm/mod.ts";
import type { ServiceBlock } from "../../service/mod.ts";
import { checkedAnswerer } from "./checked_answerer.ts";
import { failedReport, type ServiceReport } from "./service_report.ts";

/** Room for a model that thinks before it says a word. */
const MAX_TOKENS = 500;

/** Asks a language model something short, and lets it go with its first word: the rest would only cost. */
export async function checkLlm(
  provider: LlmProvider,
  { block, language, signal }: {
    /** Its block of the config. */
    readonly block: ServiceBlock;
    /** The language (BCP 47) that it is asked in. */
    readonly language: string;
    readonly signal: AbortSignal;
  },
): Promise<ServiceReport> {
  const service = `llm.${provider.name}`;
  const checked = checkedAnswerer(provider, block);
  const enough = new AbortController();
  const request = {
    instructions: "",
    history: [],
    context: "",
    question: language.startsWith("zh") ? "你好" : "Hello",
    language,
    maxTokens: MAX_TOKENS,
  };
  try {
    const life = AbortSignal.any([signal, enough.signal]);
    for await (const { type } of checked.answerer.ask(request, { signal: life, flow: "check" })) {
      if (type === "text") break;
    }
    const { firstTokenMs } = checked;
    if (firstTokenMs === undefined) {
      throw new EarshotError(
        "llm.empty",
        `Cannot use ${provider.name}: it answered a greeting without a word`,
      );
    }
    return { service, ok: true, reachable: "yes", authorized: "yes", firstTokenMs };
  } catch (thrown) {
    const error = EarshotError.from(thrown, "llm.failed");
    if (signal.aborted) throw error;
    // It has no rule for a greeting, and has said so.
    if (error.code === "llm.unmatched") return { service, ok: true, reachable: "yes", authorized: "yes" };
    return failedReport(service, error);
  } finally {
    enough.abort();
  }
}
