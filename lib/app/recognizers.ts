import { type AsrProvider, asrTypeOf, openAsrProvider } from "../asr/mod.ts";
import type { Clock, Scope } from "../lifecycle/mod.ts";
import type { ModelStore } from "../models/mod.ts";
import { loadSockets } from "../net/mod.ts";
import type { Engines } from "./engines.ts";
import type { UsedRecognizer } from "./needs.ts";

/** Options of {@linkcode openRecognizers}. */
export interface OpenRecognizersOptions {
  /** Where the weights are. */
  readonly store: ModelStore;
  readonly engines: Engines;
  /** Owns the recognizers. */
  readonly scope: Scope;
  readonly clock: Clock;
  /** Gives up the opening. */
  readonly signal: AbortSignal;
}

/**
 * Makes recognizers ready, by their names in the config: secrets and certificates are read, and embedded models
 * verified; nothing is connected to yet.
 *
 * @throws {EarshotError} `config.secret`, `config.invalid`, `model.*`, `asr.language`
 */
export async function openRecognizers(
  recognizers: readonly UsedRecognizer[],
  { store, engines, scope, clock, signal }: OpenRecognizersOptions,
): Promise<ReadonlyMap<string, AsrProvider>> {
  if (recognizers.some(({ block }) => asrTypeOf(block).models === undefined)) await loadSockets();
  const opened = new Map<string, AsrProvider>();
  for (const { name, block, languages } of recognizers) {
    const provider = await openAsrProvider(block, {
      service: { family: "asr", name },
      clock,
      languages,
      store,
      openEngine: (models) => Promise.resolve(engines.add(models)),
      signal: AbortSignal.any([signal, scope.signal]),
    });
    scope.own(`recognizer ${name}`, () => provider.close?.());
    opened.set(name, provider);
  }
  return opened;
}
