import type { AgentSettings } from "../agents/mod.ts";
import type { Clock, Scope } from "../lifecycle/mod.ts";
import { openPromptContext, type PromptContext } from "../tools/mod.ts";

/**
 * Makes the addresses ready that tell agents what they should know, by the agent's name; agents with the same block share one.
 *
 * @throws {EarshotError} `config.secret`, `config.invalid`
 */
export async function openPromptContexts(
  agents: readonly Pick<AgentSettings, "name" | "context">[],
  { scope, clock }: { readonly scope: Scope; readonly clock: Clock },
): Promise<ReadonlyMap<string, PromptContext>> {
  const opened = new Map<AgentSettings["context"], PromptContext>();
  const contexts = new Map<string, PromptContext>();
  for (const { name, context: config } of agents) {
    if (config === undefined) continue;
    let context = opened.get(config);
    if (context === undefined) {
      const own = context = await openPromptContext(config, { key: `agents.${name}.context`, clock });
      scope.own(`prompt context of ${name}`, () => own.close());
      opened.set(config, own);
    }
    contexts.set(name, context);
  }
  return contexts;
}
