import { EngineClient, type ModelPaths } from "../../lib/engine/mod.ts";
import { systemClock } from "../../lib/lifecycle/mod.ts";
import { ModelStore } from "../../lib/models/mod.ts";
import type { ServiceBlock } from "../../lib/service/mod.ts";
import { openTtsProvider, type TtsProvider } from "../../lib/tts/mod.ts";

/** A voice in an engine of its own. */
export interface OwnVoice extends AsyncDisposable {
  readonly provider: TtsProvider;
  readonly engine: EngineClient;
  /** What the engine was given. */
  readonly models: ModelPaths;
}

/** A block of type `sherpa` with its defaults. */
export function sherpaBlock(block: Readonly<Record<string, unknown>>): ServiceBlock {
  return { speed: 1, threads: 2, ...block, type: "sherpa" };
}

/** Opens a voice of type `sherpa` as the gateway does, with known models, and what is remembered of trials, in `dir`. */
export async function openOwnVoice(
  block: Readonly<Record<string, unknown>>,
  { dir, signal = new AbortController().signal }: { readonly dir: string; readonly signal?: AbortSignal },
): Promise<OwnVoice> {
  let opened: { readonly engine: EngineClient; readonly models: ModelPaths } | undefined;
  const provider = await openTtsProvider(sherpaBlock(block), {
    service: { family: "tts", name: "mine" },
    clock: systemClock,
    store: new ModelStore({ dir }),
    openEngine: (models) => {
      opened = { engine: new EngineClient({ models }), models };
      return Promise.resolve(opened.engine);
    },
    signal,
  });
  if (opened === undefined) throw new Error("Cannot go on: the voice opened no engine");
  const { engine, models } = opened;
  return { provider, engine, models, [Symbol.asyncDispose]: () => engine.close() };
}
