import { assert, assertEquals } from "@std/assert";
import { asrConfig } from "../../lib/asr/mod.ts";
import { SimulatedDevice } from "../../lib/device/mod.ts";
import { EXIT } from "../../lib/errors/mod.ts";
import { TWO_SENTENCES } from "../support/emulators/script.ts";
import { startEmulator } from "../support/emulators/start_emulator.ts";
import { weightsMissing } from "../support/models.ts";
import { ServedGateway, withConfig } from "../support/served_gateway.ts";
import { SHORT, speechClip, speechMissing } from "../support/speech.ts";
import { test } from "../support/test.ts";
import { type Service, SERVICES } from "./services.ts";

const ignore = weightsMissing || speechMissing();
const NEVER = new AbortController().signal;
/** What runs in our own engine: no config block leads to a service. */
const EMBEDDED = ["moonshine", "sherpa"];

/** A config with the service as the recognizer, which hears the clip to its end; YAML takes JSON. */
function configOf(provider: string, { block, language = "zh-CN" }: Service, origin: string): string {
  return `asr: ${JSON.stringify({ provider, language, endpointing: "vad", [provider]: block(origin) })}\n`;
}

test("every recognizer of the config that is a service has a row here", () => {
  const providers = asrConfig.shape.provider.unwrap().options.filter((name) => !EMBEDDED.includes(name));
  assertEquals(Object.keys(SERVICES).sort(), [...providers].sort());
});

for (const [provider, service] of Object.entries(SERVICES)) {
  test(
    `one config block away: ${provider} gives a device its words, and none of them is in the log`,
    async () => {
      // The first sentence is complete once the clip is over, and ends the utterance.
      const script = { sentences: TWO_SENTENCES, everyMs: 400 };
      await using emulator = await startEmulator(service.dialect, { script });
      await withConfig(async (config) => {
        await using served = new ServedGateway(config, service.secrets);
        const url = new URL(await served.warm());
        {
          await using device = await SimulatedDevice.connect({ url }, NEVER);
          const { text } = await device.say(speechClip(SHORT).pcm);
          assertEquals(text, "Good morning. How are you?");
        }
        const { code, stderr } = await served.end("SIGTERM");
        assertEquals(code, EXIT.ok, stderr);
        const unspeakable = ["morning", ...Object.values(service.secrets)];
        assertEquals(unspeakable.filter((word) => stderr.includes(word)), []);
      }, configOf(provider, service, emulator.origin));
      assert(emulator.connections > 0);
    },
    { ignore },
  );
}
