import { type AsrProvider, capabilitiesOf, segmentService } from "../../lib/asr/mod.ts";
import type { Engine } from "../../lib/engine/mod.ts";

/** The built-in recognizer over an engine, as a gateway without any other takes it. */
export function builtIn(engine: Pick<Engine, "recognize">): ReadonlyMap<string, AsrProvider> {
  const name = "moonshine";
  return new Map([[name, { ...segmentService(engine), name, capabilities: capabilitiesOf({ type: name }) }]]);
}
