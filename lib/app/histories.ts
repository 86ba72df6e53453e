import { DeviceHistories, pastTurnOf } from "../dialogue/mod.ts";
import type { Memory } from "../memory/mod.ts";

/** How many turns are read of a device that comes back, at least. */
const TURNS = 200;

/** What was said on each device before, read from what is kept. As many turns are read as may have to be counted. */
export function openHistories(
  memory: Pick<Memory, "recent" | "summaryOf"> | undefined,
  { turnsPerDay }: { readonly turnsPerDay: number },
): DeviceHistories {
  const turns = Math.max(TURNS, turnsPerDay);
  return new DeviceHistories(async (deviceId) => {
    if (memory === undefined) return { turns: [], summary: "", throughMs: -Infinity };
    const [entries, summary] = await Promise.all([
      memory.recent(deviceId, turns),
      memory.summaryOf(deviceId),
    ]);
    return {
      turns: entries.filter(({ user }) => user !== "").map(pastTurnOf),
      summary: summary?.text ?? "",
      throughMs: summary?.throughAtMs ?? -Infinity,
    };
  });
}
