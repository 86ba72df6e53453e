import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { SimulatedDevice } from "../../lib/device/mod.ts";
import { EXIT } from "../../lib/errors/mod.ts";
import { objectsOf, runEarshot } from "../support/cli.ts";
import { openaiSpeech } from "../support/emulators/openai_speech.ts";
import { SpeechEmulator } from "../support/emulators/speech_emulator.ts";
import { weightsMissing } from "../support/models.ts";
import { ServedGateway, withConfig } from "../support/served_gateway.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

const ID = "02:00:00:aa:bb:cc";

test("say: what is wrong with the command line is told before anything is opened", async () => {
  const wrong: readonly (readonly [args: string[], says: RegExp])[] = [
    [["hello"], /give -o FILE .* or --device ID/],
    [["hello", "-o", "a.mp3"], /--output: give a file that ends with \.wav, \.ogg or \.opus/],
    [["hello", "-o", "a.wav", "--device", ID], /either -o or --device/],
    [["hello", "--device", ID, "--voice", "hibari"], /leave out --agent and --voice/],
    [[" ", "-o", "a.wav"], /1 to 20000 characters/],
    [["a".repeat(4_001), "--device", ID], /1 to 4000 characters/],
    [["hello", "-o", "a.wav", "--voice", "nobody"], /Cannot speak with nobody: the config has hibari, flite/],
    [["hello", "-o", "a.wav", "--agent", "kids"], /Cannot take the agent kids: the config has default/],
  ];
  await withConfig(async (config) => {
    for (const [args, says] of wrong) {
      const { code, stdout, stderr } = await runEarshot(["say", ...args, "--config", config]);
      assertEquals([code, stdout], [EXIT.usage, ""], args.join(" "));
      assertMatch(stderr, says);
    }
  });
});

test(
  "say -o: the embedded voice writes WAV and Ogg Opus, and our own recognizer finds the words in both",
  async () => {
    await withConfig((config) =>
      withTempDir(async (dir) => {
        for (const file of [`${dir}/dinner.wav`, `${dir}/dinner.ogg`]) {
          const set = ["--config", config, "--json"];
          const { code, stdout, stderr } = await runEarshot([
            "say",
            "Dinner is ready. Come down now!",
            "-o",
            file,
            ...set,
          ]);
          assertEquals(code, EXIT.ok, stderr);
          const [{ path, voices, audioSeconds, firstSoundMs } = {}] = objectsOf(stdout);
          assertEquals([path, voices, typeof firstSoundMs], [file, ["hibari"], "number"]);
          assert(Number(audioSeconds) > 1 && Number(audioSeconds) < 6, String(audioSeconds));
          const heard = await runEarshot(["transcribe", file, ...set]);
          assertMatch(String(objectsOf(heard.stdout)[0]?.["text"]), /dinner is ready/i);
        }
      })
    );
  },
  { ignore: weightsMissing },
);

test("say -o: a voice of the config speaks, one that is named goes before the agent's, and a fault is told", async () => {
  await using voice = await SpeechEmulator.start(openaiSpeech({ server: "kokoro" }));
  const config =
    `tts: { kokoro: { type: openai, url: "${voice.origin}/v1", model: kokoro, voice: af_heart } }\n` +
    "agents: { default: { tts: flite }, kids: { tts: kokoro } }\n";
  await withConfig((path) =>
    withTempDir(async (dir) => {
      const say = (...args: string[]) =>
        runEarshot(["say", ...args, "-o", `${dir}/a.ogg`, "--config", path, "--json"]);
      for (const flags of [["--voice", "kokoro"], ["--agent", "kids"]]) {
        const { code, stdout, stderr } = await say("It is good. So it is.", ...flags);
        assertEquals([code, objectsOf(stdout)[0]?.["voices"]], [EXIT.ok, ["kokoro"]], stderr);
      }
      const asked = voice.requests.map(({ body }) => JSON.parse(body).input);
      assertEquals(asked, ["It is good.", "So it is.", "It is good.", "So it is."]);
      assertMatch((await say("...", "--voice", "kokoro")).stderr, /no word in it/);
      const full = await runEarshot([
        "say",
        "Hi.",
        "--voice",
        "kokoro",
        "-o",
        "/nowhere/a.wav",
        "--config",
        path,
      ]);
      assertEquals(full.code, EXIT.failed);
      assertStringIncludes(full.stderr, "cli.unwritable");
    }), config);
  const dead = 'tts: { gone: { type: openai, url: "http://127.0.0.1:1/v1" } }\n';
  await withConfig(async (path) => {
    const { code, stderr } = await runEarshot(["say", "Hi.", "-o", "/tmp/never.wav", "--config", path]);
    assertEquals(code, EXIT.network);
    assertStringIncludes(stderr, "tts.unreachable");
  }, dead);
});

test(
  "say --device: the gateway that runs with this data is asked; without one, and without the device, that is told",
  async () => {
    await using voice = await SpeechEmulator.start(openaiSpeech({ server: "kokoro" }));
    const services = 'asr: { vosk: { type: vosk, url: "ws://127.0.0.1:9" } }\n' +
      `tts: { kokoro: { type: openai, url: "${voice.origin}/v1", model: kokoro, voice: af_heart } }\n` +
      `devices: { "${ID}": { name: Kitchen } }\n`;
    await withConfig(async (config) => {
      await using gateway = new ServedGateway(config);
      const set = ["--data", gateway.data, "--config", config];
      const say = (text: string, device = "Kitchen") =>
        runEarshot(["say", text, "--device", device, "--json", ...set]);
      const url = String((await gateway.next())["websocket"]);
      const absent = await say("Dinner!");
      assertEquals(absent.code, EXIT.unavailable);
      assertMatch(absent.stderr, /is not connected.*\n.*earshot devices list.*\[device\.not_connected\]/);

      const heard: string[] = [];
      await using _device = await SimulatedDevice.connect({
        url: new URL(url),
        deviceId: ID,
        clientId: "7b1f9f0e-0000-4000-8000-000000000001",
        onMessage: ({ message }) => {
          if (message.type === "tts" && message.state === "sentence_start") heard.push(message.text);
        },
      }, new AbortController().signal);
      const said = await say("Dinner is ready.");
      assertEquals(said.code, EXIT.ok, said.stderr);
      assertEquals(objectsOf(said.stdout), [
        { type: "said", deviceId: ID, chars: 16, heardChars: 16, interrupted: false },
      ]);
      assertEquals(heard, ["Dinner is ready."]);
      const { stderr } = await gateway.end("SIGTERM");
      assert(!stderr.includes("Dinner"), "what was said is in the log");
      const ended = await say("Dinner!");
      assertEquals(ended.code, EXIT.unavailable);
      assertStringIncludes(ended.stderr, "no gateway runs with");
    }, services);
  },
  { ignore: weightsMissing },
);
