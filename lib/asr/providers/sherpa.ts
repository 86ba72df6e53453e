import { z } from "zod";
import { type Engine, isStreaming, SHERPA_KIND_NAMES, type SherpaKind } from "../../engine/mod.ts";
import { EarshotError } from "../../errors/mod.ts";
import { kindOfKnown, KNOWN_MODELS, KNOWN_RECOGNIZERS, nearestName } from "../../models/mod.ts";
import { configKeyOf, type ServiceName } from "../../service/mod.ts";
import type { AsrCapabilities } from "../contract.ts";
import { EngineStream } from "../engine_stream.ts";
import { type AsrProviderType, type AsrService, defineAsrProvider } from "../provider.ts";
import { segmentService } from "../segment_service.ts";
import { readSenseVoiceTags } from "./sense_voice_tags.ts";
import { prepareSherpa } from "./sherpa_model.ts";

/** A model that the user brought, in the engine process. */
export const sherpa: AsrProviderType = defineAsrProvider({
  type: "sherpa",
  about: "a known model or one of your own, on this machine, run by sherpa-onnx",
  config: {
    kind: z.enum(SHERPA_KIND_NAMES).optional()
      .describe(
        "the kind of a model of your own, not needed for a known one; zipformer and streamingParaformer give words while " +
          "the user speaks",
      ),
    model: z.string().min(1).describe("the name of a known model, or of one in models.custom"),
    threads: z.int().min(1).max(64).default(1)
      .describe("threads for one recognition; more make a single one faster, and several at once slower"),
  },
  tls: false,
  check: ({ kind, model }, problem) => {
    if ((kind ?? kindOfKnown(model)) === undefined) problem("model", unknownModel(model));
  },
  models: ({ model }) => [model],
  capabilities: ({ kind, model }) => {
    const streaming = isStreaming({ kind: kindOf(kind, model) });
    return {
      streaming,
      ahead: !streaming,
      partials: streaming,
      // Our own detector costs the engine next to nothing, and ends an utterance sooner.
      endpointing: false,
      encodings: ["engine"],
      marksNoise: true,
      languages: languagesOf(kindOf(kind, model), model),
    };
  },
  open: async ({ kind: given, model, threads }, context) => {
    const { service, store, openEngine, clock, signal } = context;
    const kind = kindOf(given, model);
    const language = onlyLanguage(context);
    const prepared = await prepareSherpa({ model, kind, threads, language }, { store, clock, signal });
    return sherpaService(await openEngine({ sherpa: prepared }), { kind, service });
  },
});

/** Streams over an engine that has a model of this kind. */
export function sherpaService(
  engine: Pick<Engine, "recognize" | "openStream">,
  { kind, service }: { readonly kind: SherpaKind; readonly service: ServiceName },
): AsrService {
  if (isStreaming({ kind })) {
    return {
      // deno-lint-ignore require-await -- rejects rather than throws
      open: async ({ audio: { source = {} }, onWritable }, signal) =>
        new EngineStream({ service, stream: engine.openStream(source), source, signal, onWritable }),
    };
  }
  return segmentService(engine, ({ text, language, tags = "" }) => ({
    ...readSenseVoiceTags(`${tags}${text}`),
    ...(language !== undefined && { language }),
  }));
}

/** A model is loaded for one language. */
function onlyLanguage({ service, languages }: Parameters<AsrProviderType["open"]>[1]): string {
  const [language = "en", other] = new Set(languages);
  if (other === undefined) return language;
  const key = configKeyOf(service);
  throw new EarshotError(
    "asr.language",
    `Cannot load ${key} for ${language} and ${other}: give each language a service of its own, with the same model`,
  );
}

function kindOf(kind: SherpaKind | undefined, model: string): SherpaKind {
  const found = kind ?? kindOfKnown(model);
  if (found !== undefined) return found;
  throw new EarshotError("config.invalid", unknownModel(model));
}

/** What is wrong with a model whose kind nobody says. */
function unknownModel(name: string): string {
  const nearest = nearestName(name, KNOWN_RECOGNIZERS);
  const meant = nearest === undefined ? "" : ` Did you mean ${nearest}?`;
  return `must be a known model (${
    KNOWN_RECOGNIZERS.join(", ")
  }), or one in models.custom with its kind beside it.${meant}`;
}

/** SenseVoice hears five; of others nobody can tell without knowing the very model. */
function languagesOf(kind: SherpaKind, model: string): AsrCapabilities["languages"] {
  const known = Object.hasOwn(KNOWN_MODELS, model) ? KNOWN_MODELS[model] : undefined;
  if (known !== undefined && known.moreLanguages === undefined) return known.languages;
  return kind === "senseVoice" ? ["zh", "yue", "en", "ja", "ko"] : "any";
}
