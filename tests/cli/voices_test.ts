import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { EXIT } from "../../lib/errors/mod.ts";
import { objectsOf, runEarshot } from "../support/cli.ts";
import { openaiSpeech } from "../support/emulators/openai_speech.ts";
import { SpeechEmulator } from "../support/emulators/speech_emulator.ts";
import { withConfig } from "../support/served_gateway.ts";
import { test } from "../support/test.ts";

test("voices: each service with its languages, the voices of those that tell, and a fault costs its own service", async () => {
  await using kokoro = await SpeechEmulator.start(openaiSpeech({ server: "kokoro" }));
  const config = "tts:\n" +
    `  kokoro: { type: openai, url: "${kokoro.origin}/v1", model: kokoro, voice: af_heart, languages: [en, zh] }\n` +
    '  gone: { type: openai, url: "http://127.0.0.1:1/v1", apiKey: { env: VOICE_KEY } }\n' +
    "agents: { default: { tts: kokoro } }\n";
  await withConfig(async (path) => {
    const run = (...args: string[]) =>
      runEarshot(["voices", ...args, "--config", path], { VOICE_KEY: "canary-key-01" });
    const { code, stdout, stderr } = await run("--json");
    assertEquals(code, EXIT.network, stderr);
    const [hibari, flite, service, first, second, gone, error, ...more] = objectsOf(stdout);
    assertEquals(hibari, {
      type: "service",
      service: "hibari",
      kind: "hibari",
      languages: ["en"],
      count: null,
    });
    assertEquals(flite, { type: "service", service: "flite", kind: "flite", languages: ["en"], count: null });
    assertEquals(service, {
      type: "service",
      service: "kokoro",
      kind: "openai",
      languages: ["en", "zh"],
      voice: "af_heart",
      count: 2,
    });
    assertEquals([first, second], [
      { type: "voice", service: "kokoro", name: "af_heart" },
      { type: "voice", service: "kokoro", name: "zf_xiaobei" },
    ]);
    assertEquals([gone?.["service"], gone?.["count"]], ["gone", null]);
    assertEquals([error?.["type"], error?.["file"], error?.["code"], more], [
      "error",
      "gone",
      "tts.unreachable",
      [],
    ]);
    assert(!`${stdout}${stderr}`.includes("canary"), stdout);

    const people = await run("kokoro");
    assertEquals(people.code, EXIT.ok, people.stderr);
    assertMatch(
      people.stdout,
      /^kokoro \(type openai\) speaks en, zh; its voice now: af_heart\n {2}af_heart\n/,
    );
    assertStringIncludes(people.stderr, "tts: { kokoro: { type: openai, ..., voice: NAME } }");

    const unknown = await run("nobody");
    assertEquals(unknown.code, EXIT.usage);
    assertStringIncludes(unknown.stderr, "the config has hibari, flite, kokoro, gone in tts");
  }, config);
});

test("voices: a service that does not list them says so, and a secret that is missing is its fault alone", async () => {
  await using openai = await SpeechEmulator.start(openaiSpeech({ server: "openai" }));
  const config = "tts:\n" +
    `  mute: { type: openai, url: "${openai.origin}/v2" }\n` +
    "  locked: { type: openai, apiKey: { env: EARSHOT_TEST_NO_KEY } }\n" +
    "agents: { default: { tts: mute } }\n";
  await withConfig(async (path) => {
    const { code, stdout, stderr } = await runEarshot(["voices", "--config", path]);
    assertEquals(code, EXIT.config, stdout);
    assertStringIncludes(stderr, "it does not list its voices");
    assertMatch(stderr, /EARSHOT_TEST_NO_KEY/);
    assertMatch(
      stdout,
      /mute \(type openai\) speaks any language, as its voice decides; its voice now: alloy/,
    );
  }, config);
});
