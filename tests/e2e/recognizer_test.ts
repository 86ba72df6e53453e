import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { EXIT } from "../../lib/errors/mod.ts";
import { objectsOf, runEarshot } from "../support/cli.ts";
import { Emulator } from "../support/emulators/emulator.ts";
import { funasr } from "../support/emulators/funasr.ts";
import { TWO_SENTENCES } from "../support/emulators/script.ts";
import { TcpEmulator } from "../support/emulators/tcp_emulator.ts";
import { wyoming } from "../support/emulators/wyoming.ts";
import { weightsMissing } from "../support/models.ts";
import { ServedGateway, withConfig } from "../support/served_gateway.ts";
import { SHORT, speechMissing, speechPath } from "../support/speech.ts";
import { test } from "../support/test.ts";

const ignore = weightsMissing || speechMissing();

test("one config block away: a FunASR server on its self-signed TLS gives a device its words", async () => {
  await using emulator = await Emulator.start(funasr("cpp_2pass"), {
    tls: true,
    // The first sentence is complete once the clip is over, and ends the utterance.
    script: { sentences: TWO_SENTENCES, everyMs: 400 },
  });
  const asr =
    `agents: { default: { language: zh-CN, llm: none } }\nasr:\n  funasr:\n    url: ${emulator.origin}\n`;
  await withConfig(async (config) => {
    await using served = new ServedGateway(config);
    const url = await served.warm();
    const clip = speechPath(SHORT);
    const device = await runEarshot(["device", "--json", "--url", url, clip]);
    assertEquals(device.code, EXIT.ok, device.stderr);
    assertEquals(objectsOf(device.stdout).at(-1)?.["texts"], ["Good morning. How are you?"]);
    const health = await (await fetch(new URL("/healthz", url.replace(/^ws/, "http")))).json();
    assertEquals(health.engine.state, "idle", "the service ends utterances, so nothing needs the engine");
    const metrics = await (await fetch(new URL("/metrics", url.replace(/^ws/, "http")))).text();
    assertMatch(metrics, /^earshot_asr_utterances_total\{outcome="ok"\} 1$/m);
    const { code, stderr } = await served.end("SIGTERM");
    assertEquals(code, EXIT.ok);
    assert(!stderr.includes("morning"), "what was said is in the log");
  }, asr);
}, { ignore });

test(
  "one config block away: a Wyoming server over TCP, after the command has given its permissions up",
  async () => {
    const dialect = wyoming({ streams: true, data: "after", writes: "merged" });
    await using emulator = await TcpEmulator.start(dialect, { script: { sentences: TWO_SENTENCES } });
    const asr = `agents: { default: { language: en } }\nasr:\n  wyoming:\n    url: ${emulator.origin}\n`;
    await withConfig(async (config) => {
      await using served = new ServedGateway(config);
      const url = await served.warm();
      const device = await runEarshot(["device", "--json", "--url", url, speechPath(SHORT)]);
      assertEquals(device.code, EXIT.ok, device.stderr);
      assertEquals(objectsOf(device.stdout).at(-1)?.["texts"], ["Good morning. How are you?"]);
      assertEquals((await served.end("SIGTERM")).code, EXIT.ok);
    }, asr);
  },
  { ignore },
);

test("a recognizer that is not there costs the turn an alert, and the log says what to check", async () => {
  await withConfig(async (config) => {
    await using served = new ServedGateway(config);
    const url = await served.warm();
    const device = await runEarshot(["device", "--json", "--url", url, speechPath(SHORT)]);
    assertEquals(objectsOf(device.stdout).at(-1)?.["texts"], [""]);
    assertStringIncludes(device.stdout, '"alert"');
    const { stderr } = await served.end("SIGTERM");
    assertStringIncludes(stderr, "asr.unreachable");
  }, "asr:\n  vosk:\n    url: ws://127.0.0.1:1\n");
}, { ignore });
