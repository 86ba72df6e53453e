import type { EvictedByCause } from "../audio/mod.ts";
import type { SessionCounters } from "./counters.ts";

/** The counter of each bound that sound is dropped for. */
export const EVICTED_FOR = {
  chunks: "audioEvictedForChunks",
  bytes: "audioEvictedForBytes",
  duration: "audioEvictedForDuration",
  budget: "audioEvictedForBudget",
} as const satisfies Record<keyof EvictedByCause, keyof SessionCounters>;
