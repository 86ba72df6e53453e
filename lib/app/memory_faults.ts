import { agentSettings } from "../agents/mod.ts";
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
  return agentSettings(config).flatMap(({ name, memory, turnsPerDay = 0 }) => {
    // What an agent takes from the default one is told there.
    if (!memory || turnsPerDay <= turnsPerDevice || config.agents[name]?.turnsPerDay === undefined) return [];
    const message =
      `cannot be counted when Earshot starts again, since memory.turnsPerDevice keeps ${turnsPerDevice}: ` +
      `give at most that, or keep ${turnsPerDay}`;
    return [{ path: ["agents", name, "turnsPerDay"], message }];
  });
}
