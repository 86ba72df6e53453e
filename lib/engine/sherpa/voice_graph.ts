import type { VoiceKind, VoicePart } from "../sherpa_voice.ts";
import { partOf } from "./graph_part.ts";
import type { OnnxHeader } from "./onnx_header.ts";

/** What a graph is to a voice. */
export type VoiceGraph =
  /** A part of a kind of voices. */
  | {
    readonly type: "part";
    readonly kind: VoiceKind;
    readonly part: Extract<VoicePart, "model" | "vocoder">;
  }
  /** Something else, in words. */
  | { readonly type: "other"; readonly name: string };

/** What sherpa-onnx's own export scripts write as the type of a model. */
const MODEL_TYPES: Readonly<Record<string, VoiceKind>> = {
  kokoro: "kokoro",
  "kitten-tts": "kitten",
  "matcha-tts": "matcha",
  vits: "vits",
  "melo-vits": "vits",
};
const VOCODER_TYPES = ["hifigan", "vocos", "matcha-tts vocos"];

/** What the metadata of the model must have, or sherpa-onnx ends the process. */
export const NEEDED_METADATA: Readonly<Record<VoiceKind, readonly string[]>> = {
  vits: ["sample_rate", "n_speakers", "language", "comment"],
  matcha: ["sample_rate", "n_speakers"],
  kokoro: ["sample_rate", "n_speakers", "has_espeak", "style_dim"],
  kitten: ["model_type", "sample_rate", "n_speakers", "has_espeak", "style_dim"],
};

const WITHOUT_METADATA =
  "without the metadata that sherpa-onnx needs: take the one that its own project has converted";

/** What a graph is, by its metadata, else by the names of what it takes. */
export function voiceGraphOf(header: OnnxHeader): VoiceGraph {
  const type = header.metadata.get("model_type") ?? "";
  const kind = Object.hasOwn(MODEL_TYPES, type) ? MODEL_TYPES[type] : undefined;
  if (kind !== undefined) return { type: "part", kind, part: "model" };
  if (VOCODER_TYPES.includes(type)) return { type: "part", kind: "matcha", part: "vocoder" };
  const takes = (...names: readonly string[]) => names.every((name) => header.inputs.has(name));
  if (takes("input", "input_lengths", "scales")) {
    return {
      type: "other",
      name: `a Piper voice ${WITHOUT_METADATA} (of the name vits-piper-LANGUAGE-NAME)`,
    };
  }
  if (takes("style", "speed")) {
    return { type: "other", name: `a Kokoro or KittenTTS model ${WITHOUT_METADATA}` };
  }
  if (takes("mel") || takes("mels")) return { type: "other", name: `a vocoder ${WITHOUT_METADATA}` };
  const recognizer = partOf(header);
  if (recognizer !== undefined) {
    return { type: "other", name: `${recognizer.name}, which hears and does not speak` };
  }
  return { type: "other", name: `a graph ${WITHOUT_METADATA}, if it is a voice` };
}
