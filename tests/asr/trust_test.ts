import { assertEquals, assertRejects } from "@std/assert";
import { AudioBuffer } from "../../lib/audio/mod.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { systemClock } from "../../lib/lifecycle/mod.ts";
import { chunkOf } from "../support/chunks.ts";
import { aliyunNls } from "../support/emulators/aliyun_nls.ts";
import { Emulator } from "../support/emulators/emulator.ts";
import { TWO_SENTENCES } from "../support/emulators/script.ts";
import type { ServiceBlock } from "../../lib/service/mod.ts";
import { SERVICES } from "../contract/subjects.ts";
import { openRecognizer, runAlone } from "../support/open_recognizer.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

const CA = new URL("../support/pki/ca.pem", import.meta.url).pathname;
const SELF_SIGNED = new URL("../support/pki/self_signed.pem", import.meta.url).pathname;
const SPOKEN = { script: { sentences: TWO_SENTENCES } };

/** What is heard with a recognizer of this config, or the code of what goes wrong. */
async function speak(block: ServiceBlock, secrets: Readonly<Record<string, string>> = {}): Promise<string> {
  const provider = await openRecognizer(block, { secrets });
  const { recognizer } = runAlone(provider, {
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
    await provider.close?.();
  }
}

/** Each way to trust, and whether that certificate is trusted. */
const waysOf = (certificate: true | "self_signed") =>
  [
    [{ verify: true }, false],
    [{ caFile: certificate === true ? CA : SELF_SIGNED }, true],
    [{ caFile: certificate === true ? SELF_SIGNED : CA }, false],
    [{ verify: false }, true],
  ] as const;

for (const [provider, { dialect, block, secrets }] of SERVICES) {
  if ("transport" in dialect) continue; // the protocol has no TLS
  test(`${provider}: tls.caFile and tls.verify reach the service, also where its certificate signed itself`, async () => {
    for (const certificate of [true, "self_signed"] as const) {
      await using service = await Emulator.start(dialect, { ...SPOKEN, tls: certificate });
      for (const [tls, trusted] of waysOf(certificate)) {
        const heard = await speak({ ...block(service.origin), tls }, secrets);
        const right = trusted ? "Good morning. How are you?" : "asr.unreachable";
        assertEquals(heard, right, `${certificate} ${JSON.stringify(tls)}`);
      }
    }
  });
}

test("aliyunNls: tls.caFile and tls.verify reach the maker of tokens as well as the recognizer", async () => {
  let made = 0;
  await using tokens = await Emulator.start({
    request: (io) => ({
      begin: () => io.answer(200, JSON.stringify({ Token: { Id: `token-${++made}`, ExpireTime: 4e9 } })),
      partial() {},
      final() {},
      end() {},
      error() {},
    }),
  }, { tls: "self_signed" });
  await using service = await Emulator.start(aliyunNls({ token: () => `token-${made}` }), {
    ...SPOKEN,
    tls: "self_signed",
  });
  await withTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/secret`, "secret");
    for (const [tls, trusted] of waysOf("self_signed")) {
      const heard = await speak({
        type: "aliyunNls",
        url: service.origin,
        tokenUrl: `${tokens.httpOrigin}/`,
        appKey: "nls-app",
        accessKeyId: "id",
        accessKeySecret: { file: `${dir}/secret` },
        tls,
      });
      assertEquals(heard, trusted ? "Good morning. How are you?" : "asr.unreachable", JSON.stringify(tls));
    }
  });
  assertEquals(made, 2);
});

test("a file of an authority that is not there, or has none in it, is told before anybody speaks", async () => {
  for (const caFile of ["/none.pem", new URL("../support/pki/self_signed.key", import.meta.url).pathname]) {
    const error = await assertRejects(
      () => openRecognizer({ type: "openai", url: "https://localhost:1/v1", tls: { caFile } }),
      EarshotError,
    );
    assertEquals(error.code, "config.invalid");
  }
});
