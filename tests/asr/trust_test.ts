import { assertEquals, assertRejects } from "@std/assert";
import { type AsrConfig, asrConfig, openService, Recognizer } from "../../lib/asr/mod.ts";
import { AudioBuffer } from "../../lib/audio/mod.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { systemClock } from "../../lib/lifecycle/mod.ts";
import { chunkOf } from "../support/chunks.ts";
import { aliyunNls } from "../support/emulators/aliyun_nls.ts";
import { Emulator } from "../support/emulators/emulator.ts";
import { openai } from "../support/emulators/openai.ts";
import { TWO_SENTENCES } from "../support/emulators/script.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

const CA = new URL("../support/pki/ca.pem", import.meta.url).pathname;
const SPOKEN = { tls: true, script: { sentences: TWO_SENTENCES } };

/** What is heard with a recogniser of this config, or the code of what goes wrong. */
async function speak(config: AsrConfig): Promise<string> {
  const adapter = await openService(config);
  if (adapter === undefined) throw new Error("no service");
  const recognizer = new Recognizer(adapter, {
    clock: systemClock,
    openTimeoutMs: 2_000,
    finalTimeoutMs: 2_000,
    retries: 0,
  });
  const buffer = new AudioBuffer({ maxChunks: 100 });
  const cursor = buffer.cursor("turn");
  try {
    const utterance = recognizer.start({ language: "zh", cursor }, new AbortController().signal);
    for (let seq = 0; seq < 12; seq++) buffer.push(chunkOf(seq, 0));
    utterance.pump();
    utterance.finish();
    return (await utterance.result).text;
  } catch (thrown) {
    return EarshotError.from(thrown, "asr.failed").code;
  } finally {
    cursor.close();
    await adapter.close?.();
  }
}

/** Each way to trust, and whether the emulators' certificate is trusted. */
const WAYS = [
  [{}, false],
  [{ caFile: CA }, true],
  [{ verify: false }, true],
] as const;

test("openai: tls.caFile and tls.verify reach the service over HTTP", async () => {
  await using service = await Emulator.start(openai({ open: true }), SPOKEN);
  for (const [tls, trusted] of WAYS) {
    const openai = { url: `${service.httpOrigin}/v1`, tls };
    const heard = await speak(asrConfig.parse({ provider: "openai", openai }));
    assertEquals(heard, trusted ? "Good morning. How are you?" : "asr.unreachable", JSON.stringify(tls));
  }
});

test("aliyunNls: tls.caFile and tls.verify reach the maker of tokens as well as the recogniser", async () => {
  let made = 0;
  await using tokens = await Emulator.start({
    request: (io) => ({
      begin: () => io.answer(200, JSON.stringify({ Token: { Id: `token-${++made}`, ExpireTime: 4e9 } })),
      partial() {},
      final() {},
      end() {},
      error() {},
    }),
  }, { tls: true });
  await using service = await Emulator.start(aliyunNls({ token: () => `token-${made}` }), SPOKEN);
  await withTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/secret`, "secret");
    for (const [tls, trusted] of WAYS) {
      const aliyunNls = {
        url: service.origin,
        tokenUrl: `${tokens.httpOrigin}/`,
        appKey: "nls-app",
        accessKeyId: "id",
        accessKeySecret: { file: `${dir}/secret` },
        tls,
      };
      const heard = await speak(asrConfig.parse({ provider: "aliyunNls", aliyunNls }));
      assertEquals(heard, trusted ? "Good morning. How are you?" : "asr.unreachable", JSON.stringify(tls));
    }
  });
  assertEquals(made, 2);
});

test("a file of an authority that is not there is told before anybody speaks", async () => {
  const openai = { url: "https://localhost:1/v1", tls: { caFile: "/none.pem" } };
  const error = await assertRejects(
    () => openService(asrConfig.parse({ provider: "openai", openai })),
    EarshotError,
  );
  assertEquals(error.code, "config.invalid");
});
