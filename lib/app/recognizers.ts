import { Agents, agentSettings } from "../agents/mod.ts";
import {
  type AsrProvider,
  AsrRunner,
  asrTypeOf,
  openAsrProvider,
  type RecognitionEvent,
  serviceKeys,
  withBuiltIn,
} from "../asr/mod.ts";
import type { Clock, Scope } from "../lifecycle/mod.ts";
import type { ModelStore } from "../models/mod.ts";
import { loadSockets } from "../net/mod.ts";
import type { Config } from "./config.ts";
import type { Engines } from "./engines.ts";
import type { UsedRecognizer } from "./hearing.ts";

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

/** The agents of a config over recognizers that are open. */
export function composeAgents(
  { asr, agents, devices, voiceprint }: Pick<Config, "asr" | "agents" | "devices" | "voiceprint">,
  providers: ReadonlyMap<string, AsrProvider>,
  { clock, onEvent }: { readonly clock: Clock; readonly onEvent?: (event: RecognitionEvent) => void },
): { readonly agents: Agents; readonly runners: readonly AsrRunner[] } {
  const services = withBuiltIn(asr);
  const runners = new Map([...providers].map(([name, provider]) => {
    const keys = serviceKeys.parse(services[name] ?? {});
    return [name, new AsrRunner(provider, { ...keys, clock, ...(onEvent && { onEvent }) })];
  }));
  return {
    runners: [...runners.values()],
    agents: new Agents({
      settings: agentSettings({ asr, agents }),
      devices,
      asr: services,
      runners,
      needsPcm: voiceprint.url !== undefined,
    }),
  };
}
