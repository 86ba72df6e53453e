import { assert, assertEquals, assertMatch } from "@std/assert";
import { EXIT } from "../../lib/errors/mod.ts";
import { Emulator } from "../support/emulators/emulator.ts";
import { funasr } from "../support/emulators/funasr.ts";
import { TWO_SENTENCES } from "../support/emulators/script.ts";
import { VOICEPRINT_KEY, VoiceprintEmulator } from "../support/emulators/voiceprint.ts";
import { objectsOf, runEarshot } from "../support/cli.ts";
import { weightsMissing } from "../support/models.ts";
import { ServedGateway, withConfig } from "../support/served_gateway.ts";
import { SHORT, speechMissing, speechPath } from "../support/speech.ts";
import { test } from "../support/test.ts";

const ignore = weightsMissing || speechMissing();

test(
  "one config block away: the served gateway asks who speaks, with a key from its environment",
  async () => {
    await using recognizer = await Emulator.start(funasr("cpp_2pass"), {
      script: { sentences: TWO_SENTENCES },
    });
    await using service = VoiceprintEmulator.start();
    const blocks = `agents: { default: { language: zh-CN, llm: none } }
asr:
  funasr:
    url: ${recognizer.origin}
    endpointing: vad
voiceprint:
  url: ${service.origin}/voiceprint/health
  apiKey: { env: VOICEPRINT_KEY }
  speakers:
    - { id: u-alice, name: Alice-canary }
`;
    await withConfig(async (config) => {
      await using served = new ServedGateway(config, { VOICEPRINT_KEY });
      const url = await served.warm();
      const device = await runEarshot(["device", "--json", "--url", url, speechPath(SHORT)]);
      assertEquals(device.code, EXIT.ok, device.stderr);
      assertEquals(objectsOf(device.stdout).at(-1)?.["texts"], ["Good morning. How are you?"]);
      const metrics = await (await fetch(new URL("/metrics", url.replace(/^ws/, "http")))).text();
      assertMatch(metrics, /^earshot_voiceprint_turns_total\{outcome="identified"\} 1$/m);
      const { code, stderr } = await served.end("SIGTERM");
      assertEquals(code, EXIT.ok);
      assertMatch(stderr, /"speaker":"identified"/);
      assert(!stderr.includes("canary") && !stderr.includes("u-alice"), "a name or the key is in the log");
    }, blocks);
  },
  { ignore },
);
