import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { EXIT } from "../../lib/errors/mod.ts";
import { type CliResult, objectsOf, runEarshot } from "../support/cli.ts";
import { MODELS_DIR, weightsMissing } from "../support/models.ts";
import { ServedGateway } from "../support/served_gateway.ts";
import { TINY_MODELS } from "../support/sherpa_model.ts";
import { TINY_VOICES } from "../support/sherpa_voice.ts";
import { SHORT, speechMissing, speechPath } from "../support/speech.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

const ignore = weightsMissing || speechMissing();

/** A config with an ear and a voice of the user's own, and its directory. */
async function configWith(dir: string, voice: string): Promise<string> {
  const parts = await Promise.all(
    Object.entries(TINY_MODELS.senseVoice.files).map(async ([part, path]) => {
      const sha256 = createHash("sha256").update(await Deno.readFile(path)).digest("hex");
      return `${part}: { path: ${path}, sha256: "${sha256}" }`;
    }),
  );
  await Deno.mkdir(`${dir}/models`, { recursive: true });
  const silero = await Deno.realPath(`${MODELS_DIR}/silero-vad-v6`);
  await Deno.symlink(silero, `${dir}/models/silero-vad-v6`).catch(() => {});
  const config = `${dir}/config.yaml`;
  await Deno.writeTextFile(
    config,
    `models: { dir: ${dir}/models, custom: { ear: { files: { ${parts.join(", ")} } } } }\n` +
      `asr: { ear: { type: sherpa, kind: senseVoice, model: ear } }\n` +
      `tts: { mine: { type: sherpa, model: ${voice}, speaker: high } }\n` +
      "agents: { default: { language: zh } }\n",
  );
  return config;
}

test(
  "a directory is a voice: say, check and a whole turn speak with it, and nothing of it is fetched",
  async (t) => {
    await withTempDir(async (dir) => {
      const config = await configWith(dir, TINY_VOICES.vits);
      const run = (...args: string[]): Promise<CliResult> =>
        runEarshot([...args, "--config", config, "--data", dir]);
      await t.step("it says a text", async () => {
        const { code, stdout, stderr } = await run("say", "你好，再见。", "-o", `${dir}/said.wav`, "--json");
        assertEquals(code, EXIT.ok, stderr);
        assertEquals(objectsOf(stdout).at(-1)?.["voices"], ["mine"]);
        assert((await Deno.stat(`${dir}/said.wav`)).size > 20_000);
      });
      await t.step("it is found in order", async () => {
        const { code, stdout, stderr } = await run("check");
        assertEquals(code, EXIT.ok, stdout + stderr);
        assertMatch(stdout + stderr, /ok +tts\.mine/);
      });
      await t.step("a device is answered with it", async () => {
        await using served = new ServedGateway(config);
        const url = await served.warm();
        const device = await runEarshot(["device", "--json", "--url", url, speechPath(SHORT)]);
        assertEquals(device.code, EXIT.ok, device.stderr);
        assertEquals(objectsOf(device.stdout).at(-1)?.["texts"], ["你好"]);
        assertStringIncludes(device.stdout, "answer");
        const { stderr } = await served.end("SIGTERM");
        assert(!/你好/.test(stderr), stderr);
      });
    });
  },
  { ignore },
);

test("a voice that cannot be used costs the start, with what to do, and nothing else", async () => {
  await withTempDir(async (dir) => {
    const voice = `${dir}/voice`;
    await Deno.mkdir(voice);
    for await (const { name } of Deno.readDir(TINY_VOICES.vits)) {
      await Deno.copyFile(`${TINY_VOICES.vits}/${name}`, `${voice}/${name}`);
    }
    const config = await configWith(dir, voice);
    const say = () => runEarshot(["say", "你好。", "-o", `${dir}/x.wav`, "--config", config, "--data", dir]);
    // The right metadata and weights that are none: sherpa-onnx itself ends its process over them.
    await Deno.writeTextFile(`${voice}/tokens.txt`, "only 0\n");
    const tried = await say();
    assertEquals(tried.code, EXIT.config, tried.stderr);
    assertMatch(
      tried.stderr,
      /Cannot use .*voice: sherpa-onnx cannot speak with it as vits: \S.*\[model\.unfit\]/s,
    );
    await Deno.truncate(`${voice}/model.onnx`, 300);
    const cut = await say();
    assertEquals(cut.code, EXIT.config, cut.stderr);
    assertStringIncludes(cut.stderr, "no ONNX file, or a part of one: fetch it again");
  });
}, { ignore });
