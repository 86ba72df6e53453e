import { z } from "zod";
import type { AsrConfig } from "../asr/mod.ts";
import type { TtsConfig } from "../tts/mod.ts";
import { type EngineConfig, SHERPA_KIND_NAMES, SHERPA_KINDS } from "../engine/mod.ts";
import { kindOfKnown, KNOWN_RECOGNIZERS, type ModelsConfig, nearestName } from "../models/mod.ts";

/** Something in the config that does not go together. */
export interface ConfigFault {
  /** The key. */
  readonly path: string[];
  /** What would be right. */
  readonly message: string;
}

/** What is wrong between recognizers and voices of type sherpa, the models that they name and the engine. */
export function sherpaFaults(
  { asr, tts, models, engine }: {
    readonly asr: AsrConfig;
    readonly tts: TtsConfig;
    readonly models: ModelsConfig;
    readonly engine: Pick<EngineConfig, "runtime">;
  },
): readonly ConfigFault[] {
  const services = Object.entries(asr).filter(([, { type }]) => type === "sherpa");
  const faults = services.flatMap(([name, block]) => modelFaults(name, sherpaKeys.parse(block), models));
  const speaks = Object.values(tts).some(({ type }) => type === "sherpa");
  if ((services.length > 0 || speaks) && engine.runtime === "wasm") {
    faults.push({ path: ["engine", "runtime"], message: "must be auto or native: sherpa-onnx is native" });
  }
  return faults;
}

const sherpaKeys = z.object({ model: z.string(), kind: z.enum(SHERPA_KIND_NAMES).optional() });

function modelFaults(
  service: string,
  { model, kind }: z.output<typeof sherpaKeys>,
  { custom }: ModelsConfig,
): ConfigFault[] {
  const known = kindOfKnown(model);
  const own = Object.hasOwn(custom, model) ? custom[model] : undefined;
  if (own === undefined && known === undefined) {
    const names = [...Object.keys(custom), ...KNOWN_RECOGNIZERS];
    const nearest = nearestName(model, names);
    const meant = nearest === undefined ? "" : `; did you mean ${nearest}?`;
    const message = `must name a model of models.custom, or a known one; there are: ${
      names.join(", ")
    }${meant}`;
    return [{ path: ["asr", service, "model"], message }];
  }
  if (own === undefined) {
    if (kind === undefined || known === kind) return [];
    return [{ path: ["asr", service, "kind"], message: `${model} is ${known}: leave kind out` }];
  }
  const asWhat = kind ?? known;
  if (asWhat === undefined) return [];
  const { parts } = SHERPA_KINDS[asWhat];
  if (parts.every((part) => Object.hasOwn(own.files, part))) return [];
  const message = `a ${asWhat} model needs these: ${parts.join(", ")}`;
  return [{ path: ["models", "custom", model, "files"], message }];
}
