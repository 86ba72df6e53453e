import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { EXIT } from "../../lib/errors/mod.ts";
import { type CliResult, objectsOf, runEarshot } from "../support/cli.ts";
import { MODELS_DIR, weightsMissing } from "../support/models.ts";
import { ServedGateway } from "../support/served_gateway.ts";
import { TINY_MODELS } from "../support/sherpa_model.ts";
import { SHORT, speechMissing, speechPath } from "../support/speech.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

const ignore = weightsMissing || speechMissing();

const { whisper, senseVoice, paraformer } = TINY_MODELS;
const CLIP = SHORT;

interface Claim {
  readonly kind: string;
  readonly files: Readonly<Record<string, string>>;
  readonly language?: string;
}

/** A config with that model, in a directory where its weights and data lie. */
async function configOf(dir: string, { kind, files, language = "zh" }: Claim): Promise<string> {
  const lines = Object.entries(files).map(([part, path]) => {
    const sha256 = createHash("sha256").update(Deno.readFileSync(path)).digest("hex");
    return `        ${part}: { path: ${path}, sha256: "${sha256}" }\n`;
  });
  const config = `${dir}/config.yaml`;
  await Deno.writeTextFile(
    config,
    `agents: { default: { language: ${language} } }\nasr:\n  sherpa: { kind: ${kind}, model: mine }\n` +
      `models:\n  dir: ${dir}/models\n  custom:\n    mine:\n      files:\n${lines.join("")}`,
  );
  await Deno.mkdir(`${dir}/models`, { recursive: true });
  const silero = `${dir}/models/silero-vad-v6`;
  await Deno.symlink(await Deno.realPath(`${MODELS_DIR}/silero-vad-v6`), silero).catch(() => {});
  return config;
}

async function saidTo(config: string): Promise<{ texts: unknown; log: string }> {
  await using served = new ServedGateway(config);
  const url = await served.warm();
  const device = await runEarshot(["device", "--json", "--url", url, speechPath(CLIP)]);
  assertEquals(device.code, EXIT.ok, device.stderr);
  const { stderr } = await served.end("SIGTERM");
  return { texts: objectsOf(device.stdout).at(-1)?.["texts"], log: stderr };
}

test(
  "Whisper through a device: whole characters in one script, without its language and its noise",
  async () => {
    await withTempDir(async (dir) => {
      const before = await Deno.readTextFile(whisper.files.tokens);
      const first = await saidTo(await configOf(dir, whisper));
      assertEquals(first.texts, ["验好乐"]);
      assertStringIncludes(first.log, "is tried in an engine of its own");
      assertEquals(await Deno.readTextFile(whisper.files.tokens), before, "the user's file");
      const config = await configOf(dir, { ...whisper, language: "zh-TW" });
      const again = await runEarshot(["transcribe", speechPath(CLIP), "--data", dir, "--config", config]);
      assertEquals([again.code, again.stdout], [EXIT.ok, "驗好樂\n"], again.stderr);
      assert(!again.stderr.includes("is tried"), "it was tried already");
    });
  },
  { ignore },
);

test(
  "a model that is not what the config says is refused at once, by every command that would use it",
  async () => {
    await withTempDir(async (dir) => {
      const run = async (command: readonly string[], claim: Claim): Promise<CliResult> => {
        const config = await configOf(dir, claim);
        return await runEarshot([...command, "--config", config, "--data", dir]);
      };
      const wrongKind = await run(["serve", "--port", "0"], { ...paraformer, kind: "senseVoice" });
      assertEquals([wrongKind.code, wrongKind.stdout], [EXIT.config, ""]);
      assertMatch(wrongKind.stderr, /set kind: paraformer.*\n.*\[model\.unfit\]/);
      const lacked = await run(["transcribe", speechPath(CLIP)], { ...whisper, language: "yue" });
      assertEquals([lacked.code, lacked.stdout], [EXIT.config, ""]);
      assertMatch(lacked.stderr, /Cannot recognize yue with mine: it hears en, zh\n.*\[asr\.language\]/);
      const files = { ...senseVoice.files, tokens: paraformer.files.tokens };
      const checked = await run(["check", "--json"], { ...senseVoice, files });
      assertEquals(checked.code, EXIT.failed);
      assertStringIncludes(checked.stdout, "model.unfit");
    });
  },
  { ignore },
);
