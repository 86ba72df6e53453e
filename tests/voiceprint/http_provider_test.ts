import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { rememberSecret } from "../../lib/secrets/mod.ts";
import { writeWav } from "../../lib/audio/mod.ts";
import { EarshotError, type ErrorCode } from "../../lib/errors/mod.ts";
import {
  HttpVoiceprintProvider,
  openVoiceprint,
  voiceprintConfig,
  type VoiceprintProvider,
} from "../../lib/voiceprint/mod.ts";
import {
  VOICEPRINT_KEY,
  type VoiceprintAct,
  VoiceprintEmulator,
  VOICES,
} from "../support/emulators/voiceprint.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

const CA = new URL("../support/pki/ca.pem", import.meta.url).pathname;
const SELF_SIGNED = new URL("../support/pki/self_signed.pem", import.meta.url).pathname;
const PCM = Int16Array.from({ length: 16_000 }, (_, index) => 8_000 * Math.sin(index / 10));
const WAV = writeWav(PCM, 16_000);
const NEVER = new AbortController().signal;

async function withAdapter(
  use: (adapter: HttpVoiceprintProvider, service: VoiceprintEmulator) => Promise<void>,
  { path = "", apiKey = VOICEPRINT_KEY }: { readonly path?: string; readonly apiKey?: string } = {},
): Promise<void> {
  await using service = VoiceprintEmulator.start();
  const adapter = new HttpVoiceprintProvider({ url: service.origin + path, apiKey });
  try {
    await use(adapter, service);
  } finally {
    adapter.close();
    adapter.close();
  }
}

const match = (adapter: VoiceprintProvider, signal = NEVER) =>
  adapter.match(WAV, { speakerIds: VOICES, signal });

test("the service gets the ids and the sound as a whole WAV, and says who it is", () =>
  withAdapter(async (adapter, service) => {
    assertEquals(await match(adapter), { id: "u-alice", score: 0.87 });
    const [question] = service.questions;
    assertEquals(question?.speakerIds, ["u-alice", "u-bob"]);
    assertEquals(question?.samples.length, PCM.length);
    assertEquals(Math.round((question?.samples[100] ?? 0) * 32_768), PCM[100]);
  }));

test("nobody is an empty id, or none", () =>
  withAdapter(async (adapter, service) => {
    for (const speakerId of ["", null]) {
      service.act = { type: "say", speakerId, score: 0.31 };
      assertEquals(await match(adapter), undefined);
    }
  }));

test("the address that the service prints in its log is understood", async () => {
  for (const path of ["/", "/voiceprint/health", "/voiceprint", "/voiceprint/"]) {
    await withAdapter(async (adapter) => assertEquals((await match(adapter))?.id, "u-alice"), { path });
  }
});

test("a service behind a path of its own is asked there", () =>
  withAdapter(async (adapter) => {
    const error = await assertRejects(() => match(adapter), EarshotError);
    assertMatch(error.message, /404/);
  }, { path: "/speakers/voiceprint/health" }));

const FAULTS: readonly (readonly [what: string, act: VoiceprintAct, code: ErrorCode])[] = [
  ["a status of 401", { type: "status", status: 401 }, "voiceprint.auth"],
  ["a status of 403", { type: "status", status: 403 }, "voiceprint.auth"],
  ["a status of 404", { type: "status", status: 404 }, "voiceprint.config"],
  ["a status of 500", { type: "status", status: 500 }, "voiceprint.failed"],
  ["something that is not JSON", { type: "body", body: "<html>" }, "voiceprint.protocol"],
  ["nothing at all", { type: "body", body: "" }, "voiceprint.protocol"],
  ["an answer without a score", { type: "body", body: `{"speaker_id":"u-bob"}` }, "voiceprint.protocol"],
  ["an answer of 10 MB", { type: "giant" }, "voiceprint.protocol"],
  ["a connection that breaks", { type: "drop" }, "voiceprint.unreachable"],
];
for (const [what, act, code] of FAULTS) {
  test(`${what} is ${code}`, () =>
    withAdapter(async (adapter, service) => {
      service.act = act;
      const error = await assertRejects(() => match(adapter), EarshotError);
      assertEquals(error.code, code, error.message);
      assertMatch(error.message, /^Cannot identify the speaker with localhost:\d+: /);
    }));
}

test("a wrong key is voiceprint.auth, and the message does not repeat it", () =>
  withAdapter(async (adapter) => {
    const error = await assertRejects(() => match(adapter), EarshotError);
    assertEquals(error.code, "voiceprint.auth");
    assert(!error.message.includes("wrong-9"));
  }, { apiKey: "wrong-9" }));

test("a service that repeats the key does not bring it into the message", () =>
  withAdapter(async (adapter, service) => {
    rememberSecret(VOICEPRINT_KEY); // as reading the config does
    service.act = { type: "status", status: 500, detail: `token ${VOICEPRINT_KEY} crashed` };
    const error = await assertRejects(() => match(adapter), EarshotError);
    assertMatch(error.message, /token … crashed/);
  }));

test("nobody there is voiceprint.unreachable", async () => {
  const adapter = new HttpVoiceprintProvider({ url: "http://127.0.0.1:1", apiKey: "k" });
  const error = await assertRejects(() => match(adapter), EarshotError);
  assertEquals([error.code, error.retryable], ["voiceprint.unreachable", true]);
  adapter.close();
});

test("giving up ends the request, and its connection, at once", async () => {
  // A bare listener: Deno 2.9's server does not always tell that a client has gone.
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const adapter = new HttpVoiceprintProvider({
    url: `http://127.0.0.1:${listener.addr.port}`,
    apiKey: VOICEPRINT_KEY,
  });
  const controller = new AbortController();
  const asked = match(adapter, controller.signal);
  using connection = await listener.accept();
  const part = new Uint8Array(65_536);
  for (let bytes = 0; bytes < WAV.length;) bytes += await connection.read(part) ?? 0;
  controller.abort(new EarshotError("canceled", "enough"));
  assertEquals((await assertRejects(() => asked, EarshotError)).code, "canceled");
  while (await connection.read(part) !== null); // ends, or the test would not
  adapter.close();
});

for (const certificate of [true, "self_signed"] as const) {
  test(
    `on TLS tls.caFile and tls.verify of the config are heeded, and without them nobody is asked (${certificate})`,
    async () => {
      await using service = VoiceprintEmulator.start({ tls: certificate });
      await withTempDir(async (dir) => {
        await Deno.writeTextFile(`${dir}/key`, VOICEPRINT_KEY);
        const ask = async (tls: { readonly caFile?: string; readonly verify?: boolean }) => {
          const adapter = await openVoiceprint(voiceprintConfig.parse({
            url: service.origin,
            apiKey: { file: `${dir}/key` },
            speakers: [{ id: "u-alice", name: "Alice" }],
            tls,
          }));
          try {
            return adapter && (await match(adapter))?.id;
          } catch (thrown) {
            return EarshotError.from(thrown, "voiceprint.failed").code;
          } finally {
            adapter?.close();
          }
        };
        assertEquals(await ask({ caFile: certificate === true ? CA : SELF_SIGNED }), "u-alice");
        assertEquals(await ask({ verify: false }), "u-alice");
        assertEquals(await ask({}), "voiceprint.unreachable");
      });
      assert(service.questions.length === 2);
    },
  );
}
