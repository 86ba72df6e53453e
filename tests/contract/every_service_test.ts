import { assert, assertEquals } from "@std/assert";
import { ASR_PROVIDERS } from "../../lib/asr/mod.ts";
import { SimulatedDevice } from "../../lib/device/mod.ts";
import { EXIT } from "../../lib/errors/mod.ts";
import { SERVICES, type Subject } from "../contract/subjects.ts";
import { TWO_SENTENCES } from "../support/emulators/script.ts";
import { startEmulator } from "../support/emulators/start_emulator.ts";
import { weightsMissing } from "../support/models.ts";
import { ServedGateway, withConfig } from "../support/served_gateway.ts";
import { SHORT, speechClip, speechMissing } from "../support/speech.ts";
import { test } from "../support/test.ts";

const ignore = weightsMissing || speechMissing();
const NEVER = new AbortController().signal;

/** A config with the service as the recognizer, which hears the clip to its end; YAML takes JSON. */
function configOf({ block, secrets = {} }: Subject, origin: string): string {
  const named = Object.fromEntries(Object.keys(secrets).map((key) => [key, { env: variable(key) }]));
  const service = { ...block(origin), ...named, endpointing: "vad" };
  return `asr: ${JSON.stringify({ service })}\nagents: { default: { language: zh-CN } }\n`;
}

const variable = (key: string) => `SECRET_${key.toUpperCase()}`;

test("every recognizer that speaks to a service is tried below", () => {
  const remote = ASR_PROVIDERS.filter(({ models }) => models === undefined).map(({ type }) => type);
  assertEquals(remote.filter((type) => !SERVICES.has(type)), []);
});

for (const [provider, service] of SERVICES) {
  test(
    `one config block away: ${provider} gives a device its words, and none of them is in the log`,
    async () => {
      // The first sentence is complete once the clip is over, and ends the utterance.
      const script = { sentences: TWO_SENTENCES, everyMs: 400 };
      await using emulator = await startEmulator(service.dialect, { script });
      const secrets = Object.entries(service.secrets ?? {}).map(([key, secret]) => [variable(key), secret]);
      await withConfig(async (config) => {
        await using served = new ServedGateway(config, Object.fromEntries(secrets));
        const url = new URL(await served.warm());
        {
          await using device = await SimulatedDevice.connect({ url }, NEVER);
          const { text } = await device.say(speechClip(SHORT).pcm);
          assertEquals(text, "Good morning. How are you?");
        }
        const { code, stderr } = await served.end("SIGTERM");
        assertEquals(code, EXIT.ok, stderr);
        const unspeakable = ["morning", ...Object.values(service.secrets ?? {})];
        assertEquals(unspeakable.filter((word) => stderr.includes(word)), []);
      }, configOf(service, emulator.origin));
      assert(emulator.connections > 0);
    },
    { ignore },
  );
}
