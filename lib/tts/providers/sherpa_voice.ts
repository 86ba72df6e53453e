import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { examineVoice, type SherpaVoice, tryOnce, tryVoice, type VoiceKind } from "../../engine/mod.ts";
import { EarshotError } from "../../errors/mod.ts";
import type { Clock } from "../../lifecycle/mod.ts";
import { knownVoice, type ModelStore, resolveSherpa } from "../../models/mod.ts";

/** Which voice, and how it is to be loaded. */
export interface SherpaVoiceSettings {
  /** Its name in the store, or where it is. */
  readonly model: string;
  /** What it is, where that is said. */
  readonly kind?: VoiceKind | undefined;
  /** Who of it speaks, by number or name. */
  readonly speaker?: number | string | undefined;
  readonly threads: number;
}

/** Options of {@linkcode prepareVoice}. */
export interface PrepareVoiceOptions {
  /** Where known voices are. */
  readonly store: ModelStore;
  /** Gives up the trial. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** Whether what a config names as a voice is a directory, and no name. */
export function isVoiceDirectory(model: string): boolean {
  return /[\\/]/.test(model);
}

/**
 * A voice as the engine takes it, and the number of who speaks: a known one is verified, each is found to be what it is
 * said to be, and tried in an engine of its own if that was not done before.
 *
 * @throws {EarshotError} `model.unfit`, `model.missing`, `model.corrupt`, `model.directory`, `engine.runtime`, `canceled`
 */
export async function prepareVoice(
  { model, kind, speaker: told, threads }: SherpaVoiceSettings,
  { store, signal, clock }: PrepareVoiceOptions,
): Promise<{ readonly voice: SherpaVoice; readonly speaker: number }> {
  const known = knownVoice(model);
  const dir = known === undefined ? model : await knownDir(model, store);
  const { speaker, ...examined } = await examineVoice({
    name: model,
    dir,
    kind: known?.kind ?? kind,
    speaker: told ?? known?.speaker,
  });
  const addonPath = Deno.build.standalone ? await resolveSherpa(store, known && model) : undefined;
  const voice: SherpaVoice = { ...examined, threads, ...(addonPath !== undefined && { addonPath }) };
  const { files: { parts, tokens, lexicons, rules } } = voice;
  const trial = {
    name: model,
    remembered: known === undefined
      ? `voice-${createHash("sha256").update(model).digest("hex").slice(0, 16)}`
      : model,
    modelsDir: store.dir,
    kind: voice.kind,
    paths: [...Object.values(parts), tokens, ...lexicons, ...rules],
  };
  await tryOnce(trial, () => tryVoice(voice, { name: model, signal, clock }));
  return { voice, speaker };
}

/** The directory of a known voice, all of which is verified. */
async function knownDir(model: string, store: ModelStore): Promise<string> {
  const { tokens } = await store.resolveCustom(model);
  if (tokens !== undefined) return dirname(tokens);
  throw new EarshotError(
    "model.unfit",
    `Cannot use ${model}: models.custom has another model of that name; rename it`,
  );
}
