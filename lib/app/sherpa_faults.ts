import type { AsrConfig } from "../asr/mod.ts";
import { type EngineConfig, SHERPA_KINDS } from "../engine/mod.ts";
import { kindOfKnown, KNOWN_MODELS, type ModelsConfig, nearestName } from "../models/mod.ts";

/** Something in the config that does not go together. */
export interface ConfigFault {
  /** The key. */
  readonly path: string[];
  /** What would be right. */
  readonly message: string;
}

/** What is wrong between `asr.sherpa`, the model that it names and the engine. */
export function sherpaFaults(
  { asr, models, engine }: {
    readonly asr: AsrConfig;
    readonly models: ModelsConfig;
    readonly engine: EngineConfig;
  },
): readonly ConfigFault[] {
  if (asr.provider !== "sherpa" || asr.sherpa === undefined) return [];
  const { kind, model } = asr.sherpa;
  const { [model]: custom } = models.custom;
  const faults: ConfigFault[] = [];
  if (custom === undefined) {
    const known = kindOfKnown(model);
    if (known === undefined) {
      const names = [...Object.keys(models.custom), ...Object.keys(KNOWN_MODELS)];
      const nearest = nearestName(model, names);
      const meant = nearest === undefined ? "" : `; did you mean ${nearest}?`;
      const message = `must name a model of models.custom, or a known one; there are: ${
        names.join(", ")
      }${meant}`;
      return [{ path: ["asr", "sherpa", "model"], message }];
    }
    if (known !== kind) {
      faults.push({ path: ["asr", "sherpa", "kind"], message: `${model} is ${known}: leave kind out` });
    }
  } else {
    const parts = SHERPA_KINDS[kind].parts;
    if (!parts.every((part) => Object.hasOwn(custom.files, part))) {
      const message = `a ${kind} model needs these: ${parts.join(", ")}`;
      faults.push({ path: ["models", "custom", model, "files"], message });
    }
  }
  if (engine.runtime === "wasm") {
    faults.push({ path: ["engine", "runtime"], message: "must be auto or native: sherpa-onnx is native" });
  }
  return faults;
}
