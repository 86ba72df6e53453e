import type { EmbeddedVoice, Engine } from "../../lib/engine/mod.ts";
import { type Clock, systemClock } from "../../lib/lifecycle/mod.ts";
import { ModelStore } from "../../lib/models/mod.ts";
import { openTtsProvider, type TtsProvider, voiceCapabilitiesOf } from "../../lib/tts/mod.ts";
import { embeddedVoice } from "../../lib/tts/embedded_voice.ts";
import { sherpaVoiceService } from "../../lib/tts/providers/sherpa.ts";
import type { ServiceBlock } from "../../lib/service/mod.ts";
import { withSecrets } from "./open_recognizer.ts";

/** A voice by its block of the config, as the gateway opens it. */
export async function openVoice(
  block: ServiceBlock,
  { name = block.type, secrets, clock = systemClock }: {
    readonly name?: string;
    readonly secrets?: Readonly<Record<string, string>> | undefined;
    readonly clock?: Clock | undefined;
  } = {},
): Promise<TtsProvider> {
  return await openTtsProvider(withSecrets(block, secrets), {
    service: { family: "tts", name },
    clock,
    store: new ModelStore({ dir: "/nowhere" }),
    openEngine: () => Promise.reject(new Error("this test has no engine")),
    signal: new AbortController().signal,
  });
}

/** A voice that the user brought, over an engine that has it. */
export function sherpaVoiceOver(engine: Pick<Engine, "speak">, name = "sherpa"): TtsProvider {
  const block = { type: "sherpa", model: "./mine" };
  return { ...sherpaVoiceService(engine, {}), name, capabilities: voiceCapabilitiesOf(block) };
}

/** An embedded voice over an engine. */
export function embeddedOver(
  engine: Pick<Engine, "speak">,
  voice: EmbeddedVoice,
  name: string = voice,
): TtsProvider {
  return { ...embeddedVoice(engine, voice), name, capabilities: voiceCapabilitiesOf({ type: voice }) };
}
