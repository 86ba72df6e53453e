import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { EXIT } from "../../lib/errors/mod.ts";
import { type CliResult, objectsOf, runEarshot } from "../support/cli.ts";
import { Emulator } from "../support/emulators/emulator.ts";
import { funasr } from "../support/emulators/funasr.ts";
import { openai } from "../support/emulators/openai.ts";
import { TcpEmulator } from "../support/emulators/tcp_emulator.ts";
import { wyoming } from "../support/emulators/wyoming.ts";
import { withConfig } from "../support/served_gateway.ts";
import { SHORT, speechMissing, speechPath } from "../support/speech.ts";
import { test } from "../support/test.ts";

const ignore = speechMissing();

const CHINESE = [{ partials: ["打開"], final: "打開客厅的燈（音樂）" }];
const SCRIPT = { sentences: CHINESE, everyMs: 400 };

async function transcribe(asr: string, env: Record<string, string> = {}): Promise<CliResult> {
  let result: CliResult | undefined;
  await withConfig(async (config) => {
    result = await runEarshot(
      ["transcribe", "--json", "--config", config, speechPath(SHORT)],
      env,
    );
  }, `asr:\n${asr}`);
  assert(result !== undefined);
  return result;
}

function textOf({ code, stdout, stderr }: CliResult): unknown[] {
  assertEquals(code, EXIT.ok, stderr);
  const [{ text, recognizer } = {}] = objectsOf(stdout);
  return [recognizer, text];
}

test(
  "transcribe: a live service of the config hears a file at the pace of speech, and its brackets stay",
  async () => {
    await using emulator = await Emulator.start(funasr("cpp_2pass"), { tls: true, script: SCRIPT });
    const result = await transcribe(
      `  funasr: { url: "${emulator.origin}" }\nagents: { default: { language: zh-CN } }\n`,
    );
    assertEquals(textOf(result), ["funasr", "打开客厅的灯（音乐）"]);
    assertStringIncludes(result.stderr, "each file is given to funasr at the pace of speech");
  },
  { ignore },
);

test(
  "transcribe: a server of whole utterances hears a file as fast as it can, and its noise is dropped",
  async () => {
    await using emulator = await Emulator.start(openai(), { script: SCRIPT });
    const url = emulator.origin.replace("ws", "http");
    const result = await transcribe(
      `  openai: { url: "${url}/v1", model: whisper-1, apiKey: { env: KEY } }\nagents: { default: { language: zh-CN } }\n`,
      { KEY: "openai-key" },
    );
    assertEquals(textOf(result), ["openai", "打开客厅的灯"]);
    assert(!result.stderr.includes("pace"));
  },
  { ignore },
);

test("transcribe: a Wyoming server with a language of its own, in traditional characters", async () => {
  const dialect = wyoming({ streams: true, data: "after", writes: "merged" });
  await using emulator = await TcpEmulator.start(dialect, { script: SCRIPT });
  const result = await transcribe(
    `  wyoming: { url: "${emulator.origin}" }\nagents: { default: { language: zh-TW } }\n`,
  );
  assertEquals(textOf(result), ["wyoming", "打開客廳的燈"]);
}, { ignore });

test(
  "transcribe: a language that the recognizer lacks, or a service that is not there, is said",
  async () => {
    const lacks = await transcribe("agents: { default: { language: zh-CN } }\n");
    assertEquals([lacks.code, objectsOf(lacks.stdout)[0]?.["code"]], [EXIT.config, "config.invalid"]);
    assertMatch(lacks.stderr, /moonshine cannot hear zh-CN, it hears en/);
    const absent = await transcribe("  vosk: { url: ws://127.0.0.1:1 }\n");
    assertEquals(objectsOf(absent.stdout)[0]?.["code"], "asr.unreachable");
  },
  { ignore },
);
