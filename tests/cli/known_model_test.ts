import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { EXIT } from "../../lib/errors/mod.ts";
import { ModelHub } from "../models/model_hub.ts";
import { type CliResult, earshot, objectsOf, runEarshot } from "../support/cli.ts";
import { MODELS_DIR, weightsMissing } from "../support/models.ts";
import { TINY_MODELS } from "../support/sherpa_model.ts";
import { SHORT, speechMissing, speechPath } from "../support/speech.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";
import { until } from "../support/until.ts";

const ignore = weightsMissing || speechMissing();

test(
  "one command fetches a known model, and asr names it; a tiny one stands in for it at a host of one's own",
  async (t) => {
    await withTempDir(async (dir) => {
      await using hub = new ModelHub();
      const { model, tokens } = TINY_MODELS.senseVoice.files;
      hub.put("model.int8.onnx", await Deno.readFile(model));
      hub.put("tokens.txt", await Deno.readFile(tokens), { lfs: false });
      await Deno.symlink(await Deno.realPath(`${MODELS_DIR}/silero-vad-v6`), `${dir}/silero-vad-v6`);
      const config = `${dir}/config.yaml`;
      const write = (asr: string) =>
        Deno.writeTextFile(config, `models: { dir: ${dir}, hosts: ["${hub.url}"] }\n${asr}`);
      const run = (...args: string[]): Promise<CliResult> =>
        runEarshot([...args, "--config", config, "--data", dir]);
      await t.step("a slip of the finger gets the name that was meant", async () => {
        await write("asr: { sherpa: { model: sense-voise } }\nagents: { default: { language: zh } }\n");
        const checked = await run("models", "list");
        assertEquals(checked.code, EXIT.config);
        assertMatch(checked.stderr, /asr\.sherpa\.model.*Did you mean sense-voice\?/);
        await write("");
        const pulled = await run("models", "pull", "SenseVoice");
        assertEquals(pulled.code, EXIT.usage);
        assertStringIncludes(pulled.stderr, "did you mean sense-voice?");
      });
      await t.step("what is not the real one is not taken for it", async () => {
        const { code, stderr } = await run("models", "pull", "sense-voice");
        assertEquals(code, EXIT.network, stderr);
        assertStringIncludes(stderr, "it has another file, of the sha256");
      });
      await t.step("Ctrl-C ends a pull and keeps what came", async () => {
        const begun = Promise.withResolvers<void>();
        hub.contentManner = (request) => {
          const body = new ReadableStream({
            start: (controller) => controller.enqueue(new Uint8Array(100)),
            pull: () => begun.resolve(),
          });
          return new Response(body, hub.serve(request));
        };
        const args = ["models", "pull", "sense-voice", "--refresh", "--config", config, "--data", dir];
        const child = earshot(args).spawn();
        await Promise.race([begun.promise, child.status]);
        const parts = () =>
          [...Deno.readDirSync(`${dir}/.pull`)].filter(({ name }) => name.endsWith(".part"));
        await until(() => parts().some(({ name }) => Deno.statSync(`${dir}/.pull/${name}`).size > 0));
        child.kill("SIGINT");
        const { code, stderr } = await child.output();
        assertEquals(code, EXIT.interrupted, new TextDecoder().decode(stderr));
        assertEquals(parts().length, 1);
        for (const { name } of parts()) Deno.removeSync(`${dir}/.pull/${name}`);
        hub.contentManner = () => undefined;
      });
      await t.step("the newest is taken when it is asked for, and it is told what to write", async () => {
        const { code, stdout, stderr } = await run("models", "pull", "sense-voice", "--refresh");
        assertEquals(code, EXIT.ok, stderr);
        assertMatch(stdout, /^sense-voice +ok +.*zh yue en ja ko +FunASR Model License 1\.1/);
        assertStringIncludes(stderr, "its publisher could not be asked");
        assertStringIncludes(
          stderr,
          "asr: { sense-voice: { type: sherpa, model: sense-voice } }",
        );
      });
      await t.step("it is listed with the others", async () => {
        const listed = objectsOf((await run("models", "list", "--json")).stdout);
        const states = new Map(listed.map(({ model, state }) => [model, state]));
        assertEquals([states.get("sense-voice"), states.get("whisper-base")], ["ok", "missing"]);
        const whisper = listed.find(({ model }) => model === "whisper-base");
        assertEquals([whisper?.["license"], whisper?.["languages"]], ["MIT", "zh en +97"]);
      });
      await t.step("and hears, with nothing but its name", async () => {
        await write("asr: { sherpa: { model: sense-voice } }\nagents: { default: { language: zh } }\n");
        const asked = hub.requests.length;
        const { code, stdout, stderr } = await run(
          "transcribe",
          speechPath(SHORT),
          "--json",
        );
        assertEquals(code, EXIT.ok, stderr);
        assertEquals(objectsOf(stdout)[0]?.["text"], "你好");
        assertEquals(hub.requests.length, asked);
      });
      await t.step("HF_ENDPOINT names the host where the config does not", async () => {
        await Deno.writeTextFile(config, `models: { dir: ${dir}/elsewhere }\n`);
        const args = ["models", "pull", "sense-voice", "--refresh", "--config", config, "--data", dir];
        const { code, stderr } = await runEarshot(args, { HF_ENDPOINT: `${hub.url}/` });
        assertEquals(code, EXIT.ok, stderr);
        const wrong = await runEarshot(args, { HF_ENDPOINT: "hf-mirror.com" });
        assertEquals(wrong.code, EXIT.config);
        assertStringIncludes(wrong.stderr, "HF_ENDPOINT");
        // Who fetches nothing has nothing to do with it.
        const list = ["models", "list", "--config", config, "--data", dir];
        assertEquals((await runEarshot(list, { HF_ENDPOINT: "hf-mirror.com" })).code, EXIT.ok);
      });
      await t.step("no host at all: each is named, with its reason", async () => {
        using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
        const closed = `http://127.0.0.1:${listener.addr.port}`;
        listener.close();
        await Deno.writeTextFile(
          config,
          `models: { dir: ${dir}/none, hosts: ["${closed}", "${hub.url}/nowhere"] }\n`,
        );
        const { code, stderr } = await run("models", "pull", "zipformer-zh-en");
        assertEquals(code, EXIT.network, stderr);
        assertMatch(stderr, /127\.0\.0\.1:\d+: it cannot be reached; 127\.0\.0\.1:\d+: HTTP 404/);
        assert(!stderr.includes("    at "), stderr);
      });
    });
  },
  { ignore },
);
