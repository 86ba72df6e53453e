import type { Pipeline } from "../agents/mod.ts";
import type { AsrAdapter } from "../asr/mod.ts";
import type { Config } from "./config.ts";

/** How a box hears, as its config and its recognizer have it. */
export interface HearingPlan extends Pipeline {
  /** Whether our own voice detection is needed. */
  readonly vad: boolean;
  /** Whether the recognizer is one of the engine. */
  readonly embedded: boolean;
  /** Whether the engine is needed at all; otherwise its process is not started. */
  readonly engine: boolean;
}

/** Decides how the box hears; without a `service` the recognizer is the engine's. */
export function planHearing(
  { asr, voiceprint }: Pick<Config, "asr" | "voiceprint">,
  service: Pick<AsrAdapter, "capabilities"> | undefined,
): HearingPlan {
  const ends = asr.endpointing === "auto" && service?.capabilities.endpointing === true;
  const embedded = service === undefined;
  return {
    endpointing: ends ? "service" : "vad",
    vad: !ends,
    embedded,
    engine: embedded || !ends,
    decode: !ends || voiceprint.url !== undefined || service?.capabilities.encodings[0] !== "opus",
  };
}
