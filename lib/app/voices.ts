import { EarshotError } from "../errors/mod.ts";
import { type Scope, systemClock, withDeadline } from "../lifecycle/mod.ts";
import { serviceError } from "../service/mod.ts";
import {
  openTtsProvider,
  ttsTypeOf,
  voiceCapabilitiesOf,
  type VoiceInfo,
  withBuiltInVoice,
} from "../tts/mod.ts";
import type { Setup } from "./setup.ts";

/** How long a service may take to list its voices, in ms. */
const LIST_MS = 15_000;

/** What is known of the voices of one service. */
export interface ServiceVoices {
  /** Its name in the config. */
  readonly service: string;
  /** Its type. */
  readonly kind: string;
  /** The languages (BCP 47) that it speaks as it is configured, or `any`. */
  readonly languages: readonly string[] | "any";
  /** The voice that the config names, where its type has such a key. */
  readonly voice?: string;
  /** Its voices; `undefined` where it cannot tell. */
  readonly voices?: readonly VoiceInfo[];
  /** Why they could not be had. */
  readonly error?: EarshotError;
}

/** Lists the voices of one service. Rejects only with `canceled`. */
export type ListVoices = (signal: AbortSignal) => Promise<ServiceVoices>;

/**
 * The voices of every `tts` service of the config, or of one; secrets are read now, and nobody is asked yet. What is
 * embedded has one voice, and nothing is loaded for it.
 *
 * @throws {EarshotError} `cli.usage` where there is no such service
 */
export async function voiceLists(
  { config, store }: Pick<Setup, "config" | "store">,
  { service: wanted, scope }: { readonly service?: string | undefined; readonly scope: Scope },
): Promise<readonly ListVoices[]> {
  const all = withBuiltInVoice(config.tts);
  if (wanted !== undefined && !Object.hasOwn(all, wanted)) {
    const names = Object.keys(all).join(", ");
    throw new EarshotError(
      "cli.usage",
      `Cannot list the voices of ${wanted}: the config has ${names} in tts`,
    );
  }
  const lists: ListVoices[] = [];
  for (const [service, block] of Object.entries(all)) {
    if (wanted !== undefined && service !== wanted) continue;
    const { voice } = block;
    const known = {
      service,
      kind: block.type,
      languages: voiceCapabilitiesOf(block).languages,
      ...(typeof voice === "string" && { voice }),
    };
    if (ttsTypeOf(block).models !== undefined) {
      lists.push(() => Promise.resolve(known));
      continue;
    }
    try {
      const provider = await openTtsProvider(block, {
        service: { family: "tts", name: service },
        clock: systemClock,
        store,
        openEngine: () => Promise.reject(new EarshotError("internal", "Cannot list voices in an engine")),
        signal: scope.signal,
      });
      scope.own(`voice ${service}`, () => provider.close?.());
      lists.push(async (signal) => {
        const enough = new AbortController();
        try {
          if (provider.voices === undefined) return known;
          const life = AbortSignal.any([signal, scope.signal, enough.signal]);
          const voices = await withDeadline(provider.voices(life), LIST_MS, {
            signal,
            errorAtDeadline: () =>
              serviceError({ family: "tts", name: service }, "timeout", {
                detail: `it did not list its voices within ${LIST_MS} ms`,
              }),
          });
          return { ...known, ...(voices.length > 0 && { voices }) };
        } catch (thrown) {
          const error = EarshotError.from(thrown, "tts.failed");
          if (signal.aborted) throw error;
          return { ...known, error };
        } finally {
          enough.abort();
        }
      });
    } catch (thrown) {
      const error = EarshotError.from(thrown);
      lists.push(() => Promise.resolve({ ...known, error }));
    }
  }
  return lists;
}
