import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { ttsConfig, voiceCapabilitiesOf } from "../../../lib/tts/mod.ts";
import { StreamedRig } from "../../contract/streamed_rig.ts";
import { TtsRig, type TtsRigOptions } from "../../contract/tts_rig.ts";
import { elevenlabsStreamSubject, elevenlabsSubject } from "../../contract/voices/clouds.ts";
import {
  elevenlabsDetail,
  elevenlabsSocket,
  elevenlabsSpeech,
} from "../../support/emulators/elevenlabs_speech.ts";
import { SpeechEmulator } from "../../support/emulators/speech_emulator.ts";
import { gzipped } from "../../support/gzipped.ts";
import { openVoice } from "../../support/open_voice.ts";
import { test } from "../../support/test.ts";

const TEXT = "Hello there.";

async function openHttp(options: TtsRigOptions, settings = {}, manner = {}): Promise<TtsRig> {
  return await TtsRig.open(elevenlabsSubject(settings, manner), options);
}

test("its names for faults, in a 200 and in refusals of whatever status", async () => {
  const names = {
    invalid_api_key: ["tts.auth", false],
    missing_permissions: ["tts.auth", false],
    quota_exceeded: ["tts.quota", false],
    detected_unusual_activity: ["tts.quota", false],
    voice_not_found: ["tts.config", false],
    model_not_found: ["tts.config", false],
    max_character_limit_exceeded: ["tts.bad_input", false],
    too_many_concurrent_requests: ["tts.throttled", true],
    system_busy: ["tts.throttled", true],
    something_new: ["tts.failed", true],
  } as const;
  for (const [name, verdict] of Object.entries(names)) {
    await using rig = await openHttp({ script: { fault: { what: "body", body: elevenlabsDetail(name) } } });
    const error = await assertRejects(() => rig.hear(TEXT), EarshotError);
    assertEquals([error.code, error.retryable], [...verdict], name);
    assertStringIncludes(error.message, `${name.replaceAll("_", " ")} No.`);
  }
});

test("401 is a wrong key or a spent account, by its name", async () => {
  for (const kind of ["auth", "quota"] as const) {
    await using rig = await openHttp({ script: { fault: { what: "refuse", kind } } });
    const error = await assertRejects(() => rig.hear(TEXT), EarshotError);
    assertEquals(error.code, `tts.${kind}`);
    assertStringIncludes(error.message, "it answered 401");
  }
});

test("an error that is packed although nothing says so is read", async () => {
  const body = await gzipped(elevenlabsDetail("quota_exceeded"));
  await using rig = await openHttp({ script: { fault: { what: "body", body } } });
  assertEquals(await rig.failure(), "tts.quota");
});

test("an unknown voice, an unknown model and a wrong key, over HTTP and over a WebSocket", async () => {
  for (const subject of [elevenlabsSubject, elevenlabsStreamSubject]) {
    for (const wrong of [{ voice: "no-such" }, { model: "no-such" }]) {
      await using rig = await TtsRig.open(subject(wrong));
      assertEquals(await rig.failure(), "tts.config", JSON.stringify(wrong));
    }
    const { http, socket, ...rest } = subject();
    const secrets = { apiKey: "wrong" };
    await using stranger = await TtsRig.open({
      ...rest,
      ...(http && { http: { ...http, secrets } }),
      ...(socket && { socket: { ...socket, secrets } }),
    });
    assertEquals(await stranger.failure(), "tts.auth");
  }
});

test("over a WebSocket: a refusal that is just an end, messages that are none", async () => {
  await using closed = await TtsRig.open(elevenlabsStreamSubject({}, { refusesByClose: true }), {
    script: { fault: { what: "refuse", kind: "quota" } },
  });
  const error = await assertRejects(() => closed.hear(TEXT), EarshotError);
  assertEquals(error.code, "tts.disconnected");
  assertStringIncludes(error.message, "1008, No.");
  const { socket, ...subject } = elevenlabsStreamSubject();
  assert(socket !== undefined);
  for (const message of ["{", "[]", '{"audio":"!"}', '{"isFinal":"yes"}']) {
    const dialect = () => ({ ...elevenlabsSocket(), connect: sayingAtOnce(message) });
    await using rig = await TtsRig.open({ ...subject, socket: { ...socket, dialect } });
    assertEquals(await rig.failure(), "tts.protocol", message);
  }
});

const sayingAtOnce = (message: string) => (io: { readonly send: (message: string) => void }) => () =>
  io.send(message);

test("what is set of the voice is sent, over HTTP and with the first message", async () => {
  const settings = { stability: 0.4, similarity: 0.8, style: 0.1, speed: 1.1, sampleRateHz: 16_000 };
  const asked = { settings: { stability: 0.4, similarity_boost: 0.8, style: 0.1, speed: 1.1 } };
  for (const subject of [elevenlabsSubject, elevenlabsStreamSubject]) {
    await using rig = await TtsRig.open(subject(settings, asked));
    assertEquals((await rig.hear(TEXT)).sampleRateHz, 16_000);
  }
});

test("a text is never markup, also where a tag comes in parts", async () => {
  await using rig = await openHttp({});
  await rig.hear("<break time='9s'/>Hi [whispers] you");
  assertEquals(rig.emulator?.requests[0]?.text, "< break time='9s'/>Hi [ whispers] you");
  await using streamed = await StreamedRig.open(elevenlabsStreamSubject());
  await streamed.write("Hi <", "break/> [", "whispers] you.");
  streamed.parts.close();
  assertEquals([await streamed.outcome(), streamed.text], ["whole", "Hi < break/> [ whispers] you."]);
});

test("Chinese is sent by its punctuation, whatever the deltas are", async () => {
  await using rig = await StreamedRig.open(elevenlabsStreamSubject());
  await rig.write("今天", "天气很", "好，我们", "出去走走", "吧。");
  await rig.next();
  await rig.write("好", "吗？");
  rig.parts.close();
  assertEquals([await rig.outcome(), rig.text], ["whole", "今天天气很好， 我们出去走走吧。 好吗？"]);
});

test("a sentence is spoken although nothing is written behind it", async () => {
  await using rig = await StreamedRig.open(elevenlabsStreamSubject());
  await rig.write("Let me", " look", ".");
  await rig.hear("Let me look.");
  await rig.write("Here it is.");
  rig.parts.close();
  assertEquals([await rig.outcome(), rig.text], ["whole", "Let me look. Here it is."]);
});

test("a service that has waited too long says so, and that may pass", async () => {
  await using rig = await StreamedRig.open(elevenlabsStreamSubject({}, { idleMs: 50 }));
  await rig.write("One moment");
  assertEquals(await rig.outcome(), "tts.timeout");
});

test("its voices, with what is known of each; a wrong key is told as such", async () => {
  await using emulator = await SpeechEmulator.start(elevenlabsSpeech());
  const open = (apiKey: string) =>
    openVoice({ type: "elevenlabs", url: `${emulator.origin}/` }, { secrets: { apiKey } });
  const { signal } = new AbortController();
  const voice = await open("eleven-key");
  assertEquals(await voice.voices?.(signal), [
    { name: "JBFqnCBsd6RMkjVDRZzb", language: "en", about: "George, british, male" },
    { name: "mine", about: "Mine" },
    { name: "bare" },
  ]);
  const stranger = await open("wrong");
  const error = await assertRejects(async () => await stranger.voices?.(signal), EarshotError);
  assertEquals(error.code, "tts.auth");
  await voice.close?.();
  await stranger.close?.();
});

test("the block: what is left out, what is refused, and what it can do", () => {
  const isValid = (block: Readonly<Record<string, unknown>>) =>
    ttsConfig.safeParse({ elevenlabs: { apiKey: { env: "KEY" }, ...block } }).success;
  assertEquals(isValid({}), true);
  const wrong = [{ apiKey: undefined }, { voice: "a/../b" }, { stability: 2 }, { speed: 2 }, {
    sampleRateHz: 48_000,
  }, { url: "wss://x" }];
  for (const block of wrong) assertEquals(isValid(block), false, JSON.stringify(block));
  const capabilities = (model: string) =>
    voiceCapabilitiesOf({ type: "elevenlabs", apiKey: { env: "KEY" }, model });
  assertEquals(capabilities("eleven_flash_v2_5"), {
    languages: "any",
    maxChars: 5_000,
    textIn: "streamed",
  });
  assertEquals(capabilities("eleven_v3").textIn, "whole");
});
