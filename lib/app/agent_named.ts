import { type AgentSettings, agentSettings, DEFAULT_AGENT } from "../agents/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import type { Config } from "./config.ts";

/**
 * An agent of the config by its name; the default one without it.
 *
 * @throws {EarshotError} `cli.usage`, naming those that there are
 */
export function agentNamed(
  config: Pick<Config, "asr" | "llm" | "tts" | "agents">,
  name: string = DEFAULT_AGENT,
): AgentSettings {
  const agents = agentSettings(config);
  const found = agents.find((agent) => agent.name === name);
  if (found !== undefined) return found;
  const names = agents.map((agent) => agent.name).join(", ");
  throw new EarshotError("cli.usage", `Cannot take the agent ${name}: the config has ${names}`);
}
