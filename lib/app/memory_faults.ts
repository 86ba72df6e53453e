import { agentSettings, DEFAULT_AGENT } from "../agents/mod.ts";
import type { MemoryConfig } from "../memory/mod.ts";
import type { ServicesConfig } from "./needs.ts";
import type { ConfigFault } from "./sherpa_faults.ts";

/** Which agents bound the questions of a day by more than is kept to count them when Earshot starts again. */
export function memoryFaults(
  { memory: { enabled, turnsPerDevice }, ...config }: ServicesConfig & {
    readonly memory: Pick<MemoryConfig, "enabled" | "turnsPerDevice">;
  },
): readonly ConfigFault[] {
  if (!enabled) return [];
  const faults = new Map<string, ConfigFault>();
  for (const { name, memory, turnsPerDay = 0 } of agentSettings(config)) {
    if (!memory || turnsPerDay <= turnsPerDevice) continue;
    // It is told where it stands, once.
    const owner = config.agents[name]?.turnsPerDay === undefined ? DEFAULT_AGENT : name;
    const message =
      `cannot be counted when Earshot starts again, since memory.turnsPerDevice keeps ${turnsPerDevice}: ` +
      `give at most that, or keep ${turnsPerDay}`;
    faults.set(owner, { path: ["agents", owner, "turnsPerDay"], message });
  }
  return [...faults.values()];
}
