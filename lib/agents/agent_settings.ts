import { type AsrConfig, capabilitiesOf, hearsLanguage, type ScriptChoice, withBuiltIn } from "../asr/mod.ts";
import { type AgentsConfig, DEFAULT_AGENT, type DevicesConfig } from "./config.ts";

/** What the config says of an agent, with what it takes from the default agent. */
export interface AgentSettings {
  /** Its key in the config. */
  readonly name: string;
  /** The language of the speakers (BCP 47). */
  readonly language: string;
  /** How Chinese is written. */
  readonly script: ScriptChoice;
  /** The names of its recognizers: a chain. */
  readonly asr: readonly [string, ...string[]];
}

/** Something in the sections that does not go together. */
export interface AgentFault {
  /** The key. */
  readonly path: (string | number)[];
  /** What would be right. */
  readonly message: string;
}

/** The sections that decide which services a device has. */
export interface AgentSections {
  readonly asr: AsrConfig;
  readonly agents: AgentsConfig;
  readonly devices: DevicesConfig;
}

/** Every agent of a config, the default one first. */
export function agentSettings(
  { asr, agents }: Pick<AgentSections, "asr" | "agents">,
): readonly AgentSettings[] {
  const { [DEFAULT_AGENT]: base = {}, ...others } = agents;
  return Object.entries({ [DEFAULT_AGENT]: base, ...others }).map(([name, agent]) => {
    const { asr: services, language = "en", script = "auto" } = { ...base, ...agent };
    return { name, language, script, asr: chainOf(services) ?? [usualRecognizer(asr)] };
  });
}

/** What is wrong between agents, devices and recognizers. */
export function agentFaults(sections: AgentSections): readonly AgentFault[] {
  const { asr, agents, devices } = sections;
  const services = withBuiltIn(asr);
  const faults: AgentFault[] = [];
  const configured = Object.keys(asr);
  if (chainOf(agents[DEFAULT_AGENT]?.asr) === undefined && configured.length > 1) {
    faults.push({
      path: ["agents", DEFAULT_AGENT, "asr"],
      message:
        `say which recognizer is used, since there are several: ${
          oneOf(configured)
        }, or a list of them, of ` +
        "which the next one takes over when one fails",
    });
  }
  for (const { name, language, asr: chain } of agentSettings(sections)) {
    const own = agents[name]?.asr;
    for (const [place, service] of chain.entries()) {
      const key = own === undefined ? ["language"] : typeof own === "string" ? ["asr"] : ["asr", place];
      const path = ["agents", name, ...key];
      if (own !== undefined && chain.indexOf(service) < place) {
        faults.push({ path, message: `${service} is in the chain twice; keep one` });
        continue;
      }
      const block = Object.hasOwn(services, service) ? services[service] : undefined;
      if (block === undefined) {
        if (own === undefined) continue; // the default agent's, where it is told
        const message = `there is no recognizer ${service} in asr; give ${oneOf(Object.keys(services))}`;
        faults.push({ path, message });
      } else if (!hearsLanguage(capabilitiesOf(block), language)) {
        const { languages } = capabilitiesOf(block);
        const known = languages === "any" ? "any language" : languages.join(", ");
        faults.push({
          path,
          message:
            `${service} cannot hear ${language}, it hears ${known}: give a recognizer that hears it, or ` +
            "another language",
        });
      }
    }
  }
  for (const name of Object.keys(agents)) {
    if (name === DEFAULT_AGENT || name.toLowerCase() !== DEFAULT_AGENT) continue;
    faults.push({ path: ["agents", name], message: `the agent of all devices is written ${DEFAULT_AGENT}` });
  }
  const names = [...new Set([DEFAULT_AGENT, ...Object.keys(agents)])];
  for (const [id, { agent }] of Object.entries(devices)) {
    if (agent === undefined || names.includes(agent)) continue;
    const message = `there is no agent ${agent} in agents; give ${oneOf(names)}`;
    faults.push({ path: ["devices", id, "agent"], message });
  }
  return faults;
}

/** The recognizer of an agent that names none. */
function usualRecognizer(asr: AsrConfig): string {
  const [only = "moonshine"] = Object.keys(asr);
  return only;
}

function chainOf(asr: string | readonly string[] | undefined): readonly [string, ...string[]] | undefined {
  const [first, ...rest] = typeof asr === "string" ? [asr] : asr ?? [];
  return first === undefined ? undefined : [first, ...rest];
}

function oneOf(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}
