import {
  type AgentSection,
  type AgentSettings,
  agentSettings,
  listOf,
  sectionsOf,
  type ServiceSections,
} from "./agent_settings.ts";
import { type AgentsConfig, DEFAULT_AGENT, type DevicesConfig, NO_ANSWERS } from "./config.ts";

/** Something in the sections that does not go together. */
export interface AgentFault {
  /** The key. */
  readonly path: (string | number)[];
  /** What would be right. */
  readonly message: string;
}

/** The sections that decide which services a device has. */
export interface AgentSections extends ServiceSections {
  readonly agents: AgentsConfig;
  readonly devices: DevicesConfig;
}

/** What is wrong between agents, devices and services. */
export function agentFaults(sections: AgentSections): readonly AgentFault[] {
  const { agents, devices } = sections;
  const settings = agentSettings(sections);
  const faults = sectionsOf(sections).flatMap((section) => [
    ...unchosen(section, agents),
    ...settings.flatMap((agent) => chainFaults(section, agent, agents)),
  ]);
  for (const name of Object.keys(agents)) {
    if (name === DEFAULT_AGENT || name.toLowerCase() !== DEFAULT_AGENT) continue;
    faults.push({ path: ["agents", name], message: `the agent of all devices is written ${DEFAULT_AGENT}` });
  }
  const names = [...new Set([DEFAULT_AGENT, ...Object.keys(agents)])];
  for (const [name, { switchTo = [] }] of Object.entries(agents)) {
    for (const [place, other] of switchTo.entries()) {
      if (names.includes(other)) continue;
      const message = `there is no agent ${other} in agents; give ${oneOf(names)}`;
      faults.push({ path: ["agents", name, "switchTo", place], message });
    }
  }
  for (const [id, { agent }] of Object.entries(devices)) {
    if (agent === undefined || names.includes(agent)) continue;
    const message = `there is no agent ${agent} in agents; give ${oneOf(names)}`;
    faults.push({ path: ["devices", id, "agent"], message });
  }
  return faults;
}

/** There are several services, and nothing says which one is used. */
function unchosen({ key, whichIsUsed, configured }: AgentSection, agents: AgentsConfig): AgentFault[] {
  if (listOf(agents[DEFAULT_AGENT]?.[key]) !== undefined || configured.length < 2) return [];
  const message = `${whichIsUsed}: ${oneOf(configured)}, or a list of them, of ` +
    "which the next one takes over when one fails";
  return [{ path: ["agents", DEFAULT_AGENT, key], message }];
}

function chainFaults(section: AgentSection, agent: AgentSettings, agents: AgentsConfig): AgentFault[] {
  const { key, noun, all, configured, misfit } = section;
  const chain = agent[key];
  const own = agents[agent.name]?.[key];
  const faults: AgentFault[] = [];
  for (const [place, service] of (chain ?? []).entries()) {
    const at = own === undefined ? ["language"] : typeof own === "string" ? [key] : [key, place];
    const path = ["agents", agent.name, ...at];
    if (own !== undefined && chain?.indexOf(service) !== place) {
      faults.push({ path, message: `${service} is in the chain twice; keep one` });
    } else if (!all.includes(service)) {
      if (own === undefined) continue; // the default agent's, where it is told
      const none = key === "llm" ? `, or ${NO_ANSWERS} alone` : "";
      faults.push({ path, message: `there is no ${noun} ${service} in ${key}; give ${oneOf(all)}${none}` });
    } else {
      // What is there without being asked for does what it can.
      const asked = own !== undefined || configured.includes(service) || key === "asr";
      const message = asked ? misfit(service, agent.languages) : undefined;
      if (message !== undefined) faults.push({ path, message });
    }
  }
  return faults;
}

function oneOf(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}
