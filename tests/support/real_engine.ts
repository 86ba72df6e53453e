import {
  type Config,
  configSchema,
  type EngineClient,
  ModelStore,
  openEngine,
  planHearing,
} from "../../lib/app/mod.ts";
import { type Scope, systemClock } from "../../lib/lifecycle/mod.ts";
import { MODELS_DIR } from "./models.ts";

/** The real engine process, its models loaded; `scope` owns it. */
export async function openWarmEngine(
  scope: Scope,
  changes: Partial<Config["engine"]> = {},
): Promise<EngineClient> {
  const config = configSchema.parse({ engine: changes });
  const store = new ModelStore({ dir: MODELS_DIR });
  const engine = await openEngine({
    config,
    store,
    scope,
    clock: systemClock,
    plan: planHearing(config, undefined),
  });
  await engine.warm();
  return engine;
}
