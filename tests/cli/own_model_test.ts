import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { EXIT } from "../../lib/errors/mod.ts";
import { type CliResult, objectsOf, runEarshot } from "../support/cli.ts";
import { MODELS_DIR, MOONSHINE_PATHS, weightsMissing } from "../support/models.ts";
import { ServedGateway } from "../support/served_gateway.ts";
import { tokenList } from "../support/sherpa_model.ts";
import { COUNTRY, speechMissing, speechPath } from "../support/speech.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";
import { wordErrors } from "../support/word_errors.ts";

const ignore = weightsMissing || speechMissing();

/** One plain sentence. */
const CLIP = COUNTRY;
const SAID = "what your country can do for you";

/** A web server with the three files of a model, and how often each was asked for. */
function serveModel():
  & { origin: string; files: Record<string, Uint8Array<ArrayBuffer>>; requests: string[] }
  & AsyncDisposable {
  const files: Record<string, Uint8Array<ArrayBuffer>> = {
    encoder: Deno.readFileSync(MOONSHINE_PATHS.encoderPath),
    decoder: Deno.readFileSync(MOONSHINE_PATHS.decoderPath),
    tokens: new TextEncoder().encode(tokenList()),
  };
  const requests: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    requests.push(pathname);
    const bytes = files[pathname.slice(1, -".bin".length)];
    return bytes === undefined ? new Response(null, { status: 404 }) : new Response(bytes);
  });
  const origin = `http://127.0.0.1:${server.addr.port}`;
  return { origin, files, requests, [Symbol.asyncDispose]: () => server.shutdown() };
}

test("three steps take a user to a model of one's own: config, pull, serve", async (t) => {
  await withTempDir(async (dir) => {
    const host = serveModel();
    const config = `${dir}/config.yaml`;
    await Deno.symlink(await Deno.realPath(`${MODELS_DIR}/silero-vad-v6`), `${dir}/silero-vad-v6`);
    const write = (sums: Record<string, string>) => {
      const file = (part: string) => {
        const sum = sums[part];
        return `        ${part}: { url: ${host.origin}/${part}.bin${sum ? `, sha256: "${sum}"` : ""} }\n`;
      };
      return Deno.writeTextFile(
        config,
        "asr:\n  sherpa: { kind: moonshine, model: mine }\n" +
          `models:\n  dir: ${dir}\n  custom:\n    mine:\n      files:\n` +
          Object.keys(host.files).map(file).join(""),
      );
    };
    const run = (...args: string[]): Promise<CliResult> =>
      runEarshot([...args, "--config", config, "--data", dir]);
    const sums = Object.fromEntries(
      Object.entries(host.files).map((
        [part, bytes],
      ) => [part, createHash("sha256").update(bytes).digest("hex")]),
    );
    {
      await using _host = host;
      await t.step("a pull without sums says them", async () => {
        await write({});
        const { code, stderr } = await run("models", "pull", "mine");
        assertEquals(code, EXIT.config);
        for (const [part, sum] of Object.entries(sums)) {
          assertStringIncludes(stderr, `models.custom.mine.files.${part}.sha256: ${sum}`);
        }
      });
      await t.step("with them it is in place, and nothing was fetched twice", async () => {
        await write(sums);
        const { code, stderr } = await run("models", "pull", "mine");
        assertEquals(code, EXIT.ok, stderr);
        assertEquals(host.requests.toSorted(), ["/decoder.bin", "/encoder.bin", "/tokens.bin"]);
      });
    }
    await t.step("without a network: listed, verified, heard with", async () => {
      const listed = objectsOf((await run("models", "list", "--json")).stdout);
      assertEquals(listed.find(({ model }) => model === "mine")?.["state"], "ok");
      const verified = objectsOf((await run("models", "verify", "--json")).stdout);
      const states = new Map(verified.map(({ model, state }) => [model, state]));
      // What an executable carries is there as well.
      assertEquals([states.get("silero-vad-v6"), states.get("mine")], ["ok", "ok"]);
      const { code, stdout, stderr } = await run("transcribe", speechPath(CLIP), "--json");
      assertEquals(code, EXIT.ok, stderr);
      assertEquals(
        wordErrors(SAID, String(objectsOf(stdout)[0]?.["text"])),
        0,
      );
    });
    await t.step("a gateway hears with it", async () => {
      await using gateway = new ServedGateway(config);
      const listening = await gateway.next();
      assertEquals(listening["type"], "listening");
      const { code, stdout, stderr } = await runEarshot([
        "device",
        "--json",
        "--url",
        String(listening["websocket"]),
        speechPath(CLIP),
      ]);
      assertEquals(code, EXIT.ok, stderr);
      const texts = objectsOf(stdout).at(-1)?.["texts"];
      assert(Array.isArray(texts) && texts.length === 1, stdout);
      assertEquals(wordErrors(SAID, String(texts[0])), 0);
    });
    await t.step("a file that was spoilt afterward is found out before it is loaded", async () => {
      const bytes = await Deno.readFile(`${dir}/mine/encoder.bin`);
      bytes[1_000_000] = (bytes[1_000_000] ?? 0) ^ 1;
      await Deno.writeFile(`${dir}/mine/encoder.bin`, bytes);
      const { code, stderr } = await run("serve", "--port", "0");
      assertEquals(code, EXIT.network, stderr); // it would fetch it again, and the host is gone
      assertStringIncludes(stderr, "model.fetch");
    });
  });
}, { ignore });
