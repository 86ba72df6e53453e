import { z } from "zod";
import { type Engine, VOICE_KIND_NAMES, type VoiceSettings } from "../../engine/mod.ts";
import { KNOWN_VOICES, knownVoice, nearestName } from "../../models/mod.ts";
import { defineTtsProvider, type TtsProviderType, type TtsService } from "../provider.ts";
import { ttsKeys } from "../service_keys.ts";
import { isVoiceDirectory, prepareVoice } from "./sherpa_voice.ts";

/**
 * The longest text of one job, in UTF-16 units. A job that is under way ends only after the part that is being made, and
 * Kokoro takes at most 510 phonemes, of which a Chinese character has up to six.
 */
const MAX_CHARS = 80;
const MAX_CHARS_WITHOUT_CHINESE = 200;
/** How long a job may take before the engine counts as hung, in ms: at its start, and for each UTF-16 unit. */
const DEADLINE_MS = 30_000;
const CHAR_DEADLINE_MS = 1_000;

/** A voice that the user brought, in an engine process. It speaks a sentence at once. */
export const sherpa: TtsProviderType = defineTtsProvider({
  type: "sherpa",
  about: "a known voice or one of your own, on this machine, run by sherpa-onnx",
  config: {
    model: z.string().min(1)
      .describe("the name of a known voice, or the directory of one of your own, with a / in it"),
    kind: z.enum(VOICE_KIND_NAMES).optional()
      .describe("the kind of a voice of your own, where its files do not show it"),
    speaker: z.union([z.int().min(0).max(100_000), z.string().min(1)]).optional()
      .describe(
        "who of the voice's speakers speaks, by number or name; the first one of your own unless told",
      ),
    speed: z.number().min(0.5).max(2).default(1).describe("how fast: 2 is twice as fast"),
    languages: z.array(z.string().min(2)).min(1).optional()
      .describe(
        "the languages that a voice of your own speaks (BCP 47), such as [zh, en]; by default it may be any",
      ),
    threads: z.int().min(1).max(64).default(2)
      .describe("threads for a sentence; more than this machine has cores make it slower"),
  },
  tls: false,
  runnerKeys: {
    firstSoundTimeoutMs: z.int().min(100).max(120_000).default(30_000)
      .describe("how long the first sound of a sentence may take, in ms"),
    maxStreams: ttsKeys.maxStreams.unwrap().default(1)
      .describe("sentences at the same time; beyond it they wait: one is made after the other anyway"),
  },
  check: ({ model, kind, languages }, problem) => {
    const known = knownVoice(model);
    if (known === undefined && !isVoiceDirectory(model)) problem("model", unknownVoice(model));
    if (known === undefined) return;
    if (kind !== undefined && kind !== known.kind) {
      problem("kind", `${model} is ${known.kind}: leave kind out`);
    }
    if (languages !== undefined) {
      problem("languages", `${model} speaks ${known.languages.join(", ")}: leave languages out`);
    }
  },
  models: ({ model }) => knownVoice(model) === undefined ? [] : [model],
  capabilities: ({ model, languages: told }) => {
    const languages = knownVoice(model)?.languages ?? told ?? "any";
    const mayBeChinese = languages === "any" ||
      languages.some((language) => /^(zh|yue|cmn)\b/i.test(language));
    return { languages, maxChars: mayBeChinese ? MAX_CHARS : MAX_CHARS_WITHOUT_CHINESE, textIn: "whole" };
  },
  open: async ({ model, kind, speaker: named, speed, threads }, { store, openEngine, clock, signal }) => {
    const { voice, speaker } = await prepareVoice({ model, kind, speaker: named, threads }, {
      store,
      clock,
      signal,
    });
    return sherpaVoiceService(await openEngine({ voice }), { speaker, speed });
  },
});

/** The voice over an engine that has it. */
export function sherpaVoiceService(engine: Pick<Engine, "speak">, settings: VoiceSettings): TtsService {
  return {
    speak: async function* ({ text }, signal) {
      const deadlineMs = DEADLINE_MS + CHAR_DEADLINE_MS * text.length;
      const speech = await engine.speak(text, { ...settings, signal, deadlineMs });
      if (speech.pcm.length > 0) yield speech;
    },
  };
}

/** What is wrong with the name of a voice. */
function unknownVoice(name: string): string {
  const nearest = nearestName(name, KNOWN_VOICES);
  const meant = nearest === undefined ? "" : ` Did you mean ${nearest}?`;
  return `must be a known voice (${
    KNOWN_VOICES.join(", ")
  }), or a directory with a / in it, such as ./${name}.${meant}`;
}
