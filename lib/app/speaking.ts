import type { Clock, Scope } from "../lifecycle/mod.ts";
import { type LlmProvider, openLlmProvider } from "../llm/mod.ts";
import type { ModelStore } from "../models/mod.ts";
import { loadSockets } from "../net/mod.ts";
import { openTtsProvider, type TtsProvider, ttsTypeOf } from "../tts/mod.ts";
import type { Engines } from "./engines.ts";
import type { UsedService } from "./needs.ts";

/** Options of {@linkcode openVoices} and {@linkcode openLlms}. */
export interface OpenSpeakingOptions {
  /** Owns what is opened. */
  readonly scope: Scope;
  readonly clock: Clock;
}

/**
 * Makes voices ready, by their names in the config: secrets and certificates are read, and embedded models verified;
 * nothing is connected to yet.
 *
 * @throws {EarshotError} `config.secret`, `config.invalid`, `model.*`
 */
export async function openVoices(
  voices: readonly UsedService[],
  { store, engines, scope, clock, signal }: OpenSpeakingOptions & {
    /** Where the weights are. */
    readonly store: ModelStore;
    readonly engines: Pick<Engines, "addVoice">;
    /** Gives up the opening. */
    readonly signal: AbortSignal;
  },
): Promise<ReadonlyMap<string, TtsProvider>> {
  // As for recognizers: what carries sockets reads the environment, a permission that is given up then.
  if (voices.some(({ block }) => ttsTypeOf(block).models === undefined)) await loadSockets();
  const opened = new Map<string, TtsProvider>();
  for (const { name, block } of voices) {
    const provider = await openTtsProvider(block, {
      service: { family: "tts", name },
      clock,
      store,
      openEngine: (models) => Promise.resolve(engines.addVoice(models)),
      signal: AbortSignal.any([signal, scope.signal]),
    });
    scope.own(`voice ${name}`, () => provider.close?.());
    opened.set(name, provider);
  }
  return opened;
}

/**
 * Makes language models ready, by their names in the config; nothing is connected to yet.
 *
 * @throws {EarshotError} `config.secret`, `config.invalid`
 */
export async function openLlms(
  llms: readonly UsedService[],
  { timeZone, scope, clock }: OpenSpeakingOptions & {
    /** The time zone of the devices, by its name. */
    readonly timeZone: string;
  },
): Promise<ReadonlyMap<string, LlmProvider>> {
  const opened = new Map<string, LlmProvider>();
  for (const { name, block } of llms) {
    const provider = await openLlmProvider(block, {
      service: { family: "llm", name },
      clock,
      timeZone,
      wallMs: Date.now,
    });
    scope.own(`language model ${name}`, () => provider.close?.());
    opened.set(name, provider);
  }
  return opened;
}
