import { writeTextOf } from "../asr/mod.ts";
import { Dialogue, type DialogueEvent, type PastTurn } from "../dialogue/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import { type Scope, systemClock } from "../lifecycle/mod.ts";
import { Answerer, LlmRunner, llmServiceKeys, withBuiltInLlm } from "../llm/mod.ts";
import { timeZoneOf } from "../server/mod.ts";
import { agentNamed } from "./agent_named.ts";
import type { UsedService } from "./needs.ts";
import { readPrompts } from "./prompts.ts";
import type { Setup } from "./setup.ts";
import { openLlms } from "./speaking.ts";

/** How many turns are remembered. */
const MAX_TURNS = 20;

/** A conversation in writing, with what an agent answers with. */
export interface Chat {
  /** The names of the language models in the config. */
  readonly models: readonly string[];
  /**
   * Answers, and remembers it for as long as the process runs.
   *
   * @throws {EarshotError} what the language model failed with; the conversation may go on
   */
  answer(question: string, signal: AbortSignal): AsyncIterable<DialogueEvent>;
}

/**
 * Opens what an agent answers with; secrets and certificates are read now, and nothing is connected to yet.
 *
 * @throws {EarshotError} `cli.usage` for an agent that there is not, or that answers nothing, `config.*`
 */
export async function openChat(
  { config }: Pick<Setup, "config">,
  { agent: name, scope }: {
    /** The agent; the default one without it. */
    readonly agent?: string | undefined;
    /** Owns what is opened. */
    readonly scope: Scope;
  },
): Promise<Chat> {
  const clock = systemClock;
  const agent = agentNamed(config, name);
  const { llm: names, languages, exitPhrases } = agent;
  if (names === undefined) {
    throw new EarshotError("cli.usage", `Cannot chat with ${agent.name}: it answers nothing (llm: none)`);
  }
  const timeZone = timeZoneOf({ configured: config.server.timeZone, language: languages[0] });
  const all = withBuiltInLlm(config.llm);
  const used = names.flatMap((name): UsedService[] => {
    const block = all[name];
    return block === undefined ? [] : [{ name, block }];
  });
  const providers = await openLlms(used, { timeZone, scope, clock });
  const [first, ...rest] = used.flatMap(({ name, block }) => {
    const provider = providers.get(name);
    return provider === undefined ? [] : [new LlmRunner(provider, { ...llmServiceKeys.parse(block), clock })];
  });
  if (first === undefined) throw new EarshotError("internal", "Cannot chat: no language model was opened");
  const answerer = new Answerer([first, ...rest]);
  const prompts = await readPrompts([agent]);
  const { contextTokens } = answerer;
  const write = writeTextOf(agent);
  const dialogue = new Dialogue({
    ...(contextTokens !== undefined && { contextTokens }),
    ...(exitPhrases !== undefined && { exitPhrases }),
    ...(write !== undefined && { write }),
  });
  const history: PastTurn[] = [];
  return {
    models: used.map(({ name }) => name),
    async *answer(question, signal) {
      const nowMs = Date.now();
      let text = "";
      const prompt = typeof agent.prompt === "string" ? agent.prompt : prompts.get(agent.name) ?? "";
      const context = { prompt, languages, history: [...history], summary: "", nowMs, timeZone };
      const ask = (request: Parameters<Answerer["ask"]>[0], signal: AbortSignal) =>
        answerer.ask(request, { signal, flow: "chat" });
      let refused = false;
      try {
        for await (const event of dialogue.answer(question, context, { ask, signal, clock })) {
          if (event.type === "piece") text += event.text;
          yield event;
        }
      } catch (thrown) {
        refused = EarshotError.from(thrown).code === "llm.content";
        throw thrown;
      } finally {
        history.push({ user: question, answer: text, heardChars: text.length, atMs: nowMs, refused });
        if (history.length > MAX_TURNS) history.shift();
      }
    },
  };
}
