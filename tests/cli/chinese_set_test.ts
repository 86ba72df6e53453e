import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { EXIT } from "../../lib/errors/mod.ts";
import { KNOWN_MODELS, KNOWN_SETS } from "../../lib/models/mod.ts";
import { ModelHub } from "../models/model_hub.ts";
import { type CliResult, earshot, objectsOf, runEarshot } from "../support/cli.ts";
import { TINY_MODELS } from "../support/sherpa_model.ts";
import { TINY_VOICES } from "../support/sherpa_voice.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";
import { until } from "../support/until.ts";

test("each set has a recognizer and a voice that are known, and that have its language", () => {
  for (const { recognizer, voice, language } of Object.values(KNOWN_SETS)) {
    for (const name of [recognizer, voice]) {
      assertEquals(KNOWN_MODELS[name]?.languages.includes(language.split("-")[0] ?? ""), true, name);
    }
  }
});

test("one command fetches an ear and a voice for Chinese, and says what to write; tiny ones stand in for them", async (t) => {
  await withTempDir(async (dir) => {
    await using hub = new ModelHub();
    hub.put("model.int8.onnx", await Deno.readFile(TINY_MODELS.senseVoice.files.model));
    for (const [name, lfs] of [["model.onnx", true], ["voices.bin", true], ["tokens.txt", false]] as const) {
      hub.put(name, await Deno.readFile(`${TINY_VOICES.kokoro}/${name}`), { lfs });
    }
    const others = Object.values(KNOWN_MODELS["kokoro-zh"]?.files ?? {}).map(({ name }) =>
      name.split("/").at(-1) ?? ""
    );
    for (const name of others.filter((name) => !hub.files.has(`${"2".repeat(40)}/${name}`))) {
      hub.put(name, new TextEncoder().encode(name), { lfs: false });
    }
    const config = `${dir}/config.yaml`;
    const models = `models: { dir: ${dir}/models, hosts: ["${hub.url}"] }\n`;
    const write = (lines: string) => Deno.writeTextFile(config, `${models}${lines}`);
    const run = (...args: string[]): Promise<CliResult> =>
      runEarshot([...args, "--config", config, "--data", dir]);
    await write("");

    await t.step(
      "the licenses are named before anything is fetched, and what is not the real one is not taken",
      async () => {
        const { code, stderr } = await run("models", "pull", "chinese");
        assertEquals(code, EXIT.network, stderr);
        assertStringIncludes(stderr, "sense-voice: 239.5 MB, license FunASR Model License 1.1\n");
        assertStringIncludes(stderr, "kokoro-zh: 388.5 MB, license Apache-2.0 AND GPL-3.0-or-later\n");
        assertStringIncludes(stderr, "it has another file, of the sha256");
      },
    );
    await t.step("Ctrl-C keeps what came, and the next pull goes on from there", async () => {
      const begun = Promise.withResolvers<void>();
      hub.contentManner = (request) => {
        if (!request.url.includes("voices.bin")) return undefined;
        const body = new ReadableStream({
          start: (controller) => controller.enqueue(new Uint8Array(40)),
          pull: () => begun.resolve(),
        });
        return new Response(body, hub.serve(request));
      };
      const args = ["models", "pull", "chinese", "--refresh", "--config", config, "--data", dir];
      const child = earshot(args).spawn();
      await Promise.race([begun.promise, child.status]);
      const parts = () =>
        [...Deno.readDirSync(`${dir}/models/.pull`)].filter(({ name }) =>
          name.startsWith("kokoro-zh.voices")
        );
      await until(() => parts().some(({ name }) => Deno.statSync(`${dir}/models/.pull/${name}`).size > 0));
      child.kill("SIGINT");
      const { code, stderr } = await child.output();
      assertEquals(code, EXIT.interrupted, new TextDecoder().decode(stderr));
      hub.contentManner = () => undefined;
      hub.contentRequests.length = 0;
    });
    let lines = "";
    await t.step("it says exactly what to write", async () => {
      const { code, stdout, stderr } = await run("models", "pull", "chinese", "--refresh");
      assertEquals(code, EXIT.ok, stderr);
      assertEquals(hub.contentRequests.find(({ path }) => path.endsWith("voices.bin"))?.range, "bytes=40-");
      assertMatch(stdout, /^sense-voice +ok .*\nkokoro-zh +ok +.* zh en +Apache-2\.0 AND GPL-3\.0-or-later/);
      const [, told = ""] = /write into config\.yaml:\n((?: {2}.*\n)+)/.exec(stderr) ?? [];
      lines = told.replaceAll(/^ {2}/gm, "");
      assertEquals(
        lines,
        "asr: { sense-voice: { type: sherpa, model: sense-voice } }\n" +
          "tts: { kokoro-zh: { type: sherpa, model: kokoro-zh } }\n" +
          "agents: { default: { asr: sense-voice, tts: kokoro-zh, language: zh-CN } }\n",
      );
    });
    await t.step("what it says is a config, in which all that is needed is there", async () => {
      await write(lines);
      const listed = await run("models", "list", "--json");
      assertEquals(listed.code, EXIT.ok, listed.stderr);
      const states = new Map(objectsOf(listed.stdout).map(({ model, state }) => [model, state]));
      assertEquals([states.get("sense-voice"), states.get("kokoro-zh")], ["ok", "ok"]);
      const again = await run("models", "pull", "chinese");
      assertEquals(again.code, EXIT.ok, again.stderr);
      assertEquals(again.stderr.includes("write into config.yaml"), false, again.stderr);
      assertEquals((await run("models", "verify", "chinese")).code, EXIT.ok);
    });
    await t.step("a file that was cut is found and fetched again", async () => {
      await Deno.truncate(`${dir}/models/kokoro-zh/voices.bin`, 10);
      const verified = await run("models", "verify", "chinese");
      assertEquals(verified.code, EXIT.unavailable);
      assertMatch(verified.stdout, /kokoro-zh +cut_short/);
      assertEquals((await run("models", "pull", "chinese")).code, EXIT.ok);
      assertEquals((await Deno.stat(`${dir}/models/kokoro-zh/voices.bin`)).size, 64);
    });
  });
});
