import { type Config, Engines, ModelStore } from "../../lib/app/mod.ts";
import type { EngineClient } from "../../lib/engine/mod.ts";
import { type Scope, systemClock } from "../../lib/lifecycle/mod.ts";
import { MODELS_DIR } from "./models.ts";
import { configOf } from "./config_of.ts";

/** The real engine process, its models loaded; `scope` owns it. */
export async function openWarmEngine(
  scope: Scope,
  changes: Partial<Config["engine"]> = {},
): Promise<EngineClient> {
  const config = configOf({ engine: changes });
  const store = new ModelStore({ dir: MODELS_DIR });
  const engines = await Engines.open({ config, store, scope, clock: systemClock, detection: true });
  const { encoder, decoder } = await store.resolve("moonshine-tiny-en");
  const engine = engines.add({ moonshine: { encoderPath: encoder, decoderPath: decoder } });
  await engines.warm();
  return engine;
}
