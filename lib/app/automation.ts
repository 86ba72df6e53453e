import { agentSettings, DEFAULT_AGENT } from "../agents/mod.ts";
import { type Automation, isConfigured, openAutomation } from "../automation/mod.ts";
import type { Clock, Scope } from "../lifecycle/mod.ts";
import type { Config } from "./config.ts";
import type { ConfigFault } from "./sherpa_faults.ts";

/** The sections that decide whose words are sent, and where. */
export type AutomationSections = Pick<Config, "agents" | "asr" | "llm" | "tts" | "automation">;

/** Agents whose words are to be sent where nothing is configured to send them to. */
export function automationFaults({ automation, agents }: AutomationSections): readonly ConfigFault[] {
  if (isConfigured(automation)) return [];
  return Object.entries(agents).filter(([, agent]) => agent.automation === true).map(([name]) => ({
    path: ["agents", name, "automation"],
    message: "there is nowhere to send its words to: give automation.webhook or automation.mqtt",
  }));
}

/** What is configured and used by no agent, in words. */
export function automationWarnings(config: AutomationSections): readonly string[] {
  if (!isConfigured(config.automation) || agentSettings(config).some(({ automation }) => automation)) {
    return [];
  }
  return [
    "automation is configured, but no agent sends anything there: give agents.NAME.automation: true to those that shall",
  ];
}

/** Opens what sends the words of agents that have opted in; `undefined` where there is none, or nowhere to send to. */
export async function openConfiguredAutomation(
  config: AutomationSections & Pick<Config, "devices">,
  { scope, clock }: { readonly scope: Scope; readonly clock: Clock },
): Promise<Automation | undefined> {
  const named = new Set(agentSettings(config).flatMap(({ name, automation }) => automation ? [name] : []));
  if (named.size === 0) return undefined;
  const announced = Object.entries(config.devices)
    .filter(([, { agent = DEFAULT_AGENT }]) => named.has(agent))
    .map(([id]) => id);
  return await openAutomation(config.automation, { scope, clock, devices: config.devices, announced });
}
