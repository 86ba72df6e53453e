import { fileURLToPath } from "node:url";
import { examineVoice, type SherpaVoice } from "../../lib/engine/mod.ts";

/** Directories of tiny voices with real graphs; `sherpa_voices/make.py` has made them, and says how they hum. */
export const TINY_VOICES = {
  /** Two speakers, `low` and `high`; knows 你, 好, 再 and 见. */
  vits: fileURLToPath(new URL("./sherpa_voices/vits", import.meta.url)),
  /** The same words, one speaker. */
  matcha: fileURLToPath(new URL("./sherpa_voices/matcha", import.meta.url)),
  /** Two speakers, `af_low` and `zf_high`; without eSpeak NG's data, so that it is only looked at. */
  kokoro: fileURLToPath(new URL("./sherpa_voices/kokoro", import.meta.url)),
} as const;

/** The samples a second of the tiny voices. */
export const TINY_RATE_HZ = 16_000;

/** A tiny voice as the engine takes it. */
export async function tinyVoice(kind: "vits" | "matcha" = "vits"): Promise<SherpaVoice> {
  const { speaker: _speaker, ...voice } = await examineVoice({ name: kind, dir: TINY_VOICES[kind] });
  return { ...voice, threads: 1 };
}
