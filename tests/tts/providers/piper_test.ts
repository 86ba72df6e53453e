import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { z } from "zod";
import { writeWav } from "../../../lib/audio/mod.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { ttsConfig, ttsTypeOf, voiceCapabilitiesOf } from "../../../lib/tts/mod.ts";
import { TtsRig } from "../../contract/tts_rig.ts";
import { piperSubject } from "../../contract/voices/homebox.ts";
import { openaiSpeech } from "../../support/emulators/openai_speech.ts";
import { type PiperManner, piperServer } from "../../support/emulators/piper.ts";
import { SpeechEmulator } from "../../support/emulators/speech_emulator.ts";
import { openVoice } from "../../support/open_voice.ts";
import { test } from "../../support/test.ts";
import { toneOf } from "../../support/tones.ts";

const TEXT = "Hello there.";
const { signal: NEVER } = new AbortController();

const askedFor = (rig: TtsRig) => rig.emulator?.requests.map(({ method, url }) => `${method} ${url}`);

function assertHeard({ pcm, sampleRateHz }: { readonly pcm: Int16Array; readonly sampleRateHz: number }) {
  assertEquals(Math.round(1_000 * pcm.length / sampleRateHz), toneOf(TEXT).durationMs);
}

test("what is not set is not sent; the WAV's rate counts, though it is labeled as a page", async () => {
  const sent = async (settings: Readonly<Record<string, unknown>>) => {
    await using rig = await TtsRig.open(piperSubject({}, settings), { script: { sampleRateHz: 22_050 } });
    const heard = await rig.hear(TEXT);
    assertHeard(heard);
    assertEquals(heard.sampleRateHz, 22_050);
    return JSON.parse(rig.emulator?.requests[0]?.body ?? "");
  };
  assertEquals(await sent({}), { text: TEXT });
  assertEquals(
    await sent({
      voice: "en_US-lessac-medium",
      speakerId: 3,
      lengthScale: 0.8,
      noiseScale: 0,
      noiseWScale: 1,
      languages: ["en"],
    }),
    {
      text: TEXT,
      voice: "en_US-lessac-medium",
      speaker_id: 3,
      length_scale: 0.8,
      noise_scale: 0,
      noise_w_scale: 1,
    },
  );
  assertEquals(await sent({ speaker: "p226" }), { text: TEXT, speaker: "p226" });
});

test("an older server is asked at / in JSON, the oldest in plain text, and that is remembered", async () => {
  for (const build of ["root", "plain"] as const) {
    await using rig = await TtsRig.open(piperSubject({ build }));
    assertHeard(await rig.hear(TEXT));
    assertEquals(askedFor(rig), ["POST /synthesize", "GET /voices", "POST /"]);
    assertHeard(await rig.hear(TEXT));
    assertEquals(askedFor(rig)?.slice(3), ["POST /"]);
    assertEquals(
      rig.emulator?.requests.at(-1)?.body,
      build === "plain" ? TEXT : JSON.stringify({ text: TEXT }),
    );
  }
});

test("a server that is exchanged for a newer or an older one is asked as that one wants it", async () => {
  let manner: PiperManner = {};
  await using rig = await TtsRig.open(piperSubject(() => manner), { retries: 1 });
  for (const build of ["root", "synthesize", "plain", "root", "synthesize", "plain", "synthesize"] as const) {
    manner = { build };
    assertHeard(await rig.hear(TEXT));
    assertHeard(await rig.hear(TEXT));
  }
});

test("the oldest server takes no voice: that is told, and nothing is spoken in another one", async () => {
  await using rig = await TtsRig.open(piperSubject({ build: "plain" }, { voice: "en_US-joe-medium" }));
  const error = await assertRejects(() => rig.hear(TEXT), EarshotError);
  assertEquals(error.code, "tts.config");
  assertStringIncludes(error.message, "takes no voice: leave that out, or update it");
});

test("a server that is no Piper is told by its url", async () => {
  await using emulator = await SpeechEmulator.start({
    ...openaiSpeech(),
    answer: () => ({ type: "refusal", status: 404, body: "{}" }),
  });
  const voice = await openVoice({ type: "piper", url: emulator.origin });
  const error = await assertRejects(
    () => Array.fromAsync(voice.speak({ text: TEXT, language: "en" }, NEVER)),
    EarshotError,
  );
  assertEquals(error.code, "tts.config");
  assertStringIncludes(error.message, "check url");
  await voice.close?.();
});

test("an unknown voice is the server's default one, which the docs of the key say", async () => {
  await using rig = await TtsRig.open(piperSubject({}, { voice: "no-such-voice" }));
  assertHeard(await rig.hear(TEXT));
  const key = ttsTypeOf({ type: "piper" }).shape["voice"];
  const { description = "" } = (key && z.globalRegistry.get(key)) ?? {};
  assertStringIncludes(description, "it also takes where it has no voice of that name, without a word");
});

test("what it makes nothing of is its fault 500; the page is not repeated", async () => {
  await using rig = await TtsRig.open(piperSubject(), { script: { fault: { what: "empty" } } });
  const error = await assertRejects(() => rig.hear(TEXT), EarshotError);
  assertEquals(error.code, "tts.failed");
  assert(error.message.endsWith("it answered 500"), error.message);
});

/** How a server fails that answers a body of its own. */
async function failureOf(
  status: number,
  body: string,
  contentType = "application/json",
): Promise<EarshotError> {
  await using emulator = await SpeechEmulator.start({
    ...piperServer(),
    answer: () => ({ type: "refusal", status, body, contentType }),
  });
  const voice = await openVoice({ type: "piper", url: emulator.origin });
  try {
    const text = "My secret plan, in full.";
    const speaking = Array.fromAsync(voice.speak({ text, language: "en" }, NEVER));
    return await assertRejects(() => speaking, EarshotError);
  } finally {
    await voice.close?.();
  }
}

test("a refusal is told in the server's words, unless they repeat the text", async () => {
  const told = await failureOf(
    400,
    '{"detail":[{"msg":"Field required","input":"My secret plan, in full."}]}',
  );
  assertEquals(told.code, "tts.config");
  assertStringIncludes(told.message, "it answered 400 Field required");
  const echoed = await failureOf(503, JSON.stringify({ error: "cannot say My secret plan, in full. Sorry" }));
  assertEquals([echoed.code, echoed.cause], ["tts.failed", undefined]);
  assert(echoed.message.endsWith("it answered 503 cannot say … Sorry"), echoed.message);
});

test("gzip that nobody announced is never played as noise: it is read, or where to turn it off is told", async () => {
  const wav = writeWav(new Int16Array(20_000), 22_050);
  const packed = new Blob([wav]).stream().pipeThrough(new CompressionStream("gzip"));
  const body = new Uint8Array(await new Response(packed).arrayBuffer());
  await using emulator = await SpeechEmulator.start({ ...piperServer(), body: () => body });
  const voice = await openVoice({ type: "piper", url: emulator.origin });
  const outcome = await Array.fromAsync(voice.speak({ text: TEXT, language: "en" }, NEVER)).then(
    (sounds) => sounds.flatMap(({ pcm }) => [...pcm]).every((sample) => sample === 0) ? "silence" : "noise",
    (thrown: unknown) => thrown instanceof EarshotError ? thrown.message : String(thrown),
  );
  assertMatch(outcome, /^silence$|turn compression off there/);
  await voice.close?.();
});

test("voices lists what the server has, and nothing where it is too old to tell", async () => {
  const list = async (build: "synthesize" | "plain") => {
    await using emulator = await SpeechEmulator.start(piperServer({ build }));
    const voice = await openVoice({ type: "piper", url: `${emulator.origin}/` });
    try {
      return await voice.voices?.(NEVER);
    } finally {
      await voice.close?.();
    }
  };
  assertEquals(await list("synthesize"), [
    { name: "en_US-joe-medium", language: "en-US" },
    { name: "de_DE-mls-medium", language: "de-DE", about: "236 speakers" },
    { name: "home-made" },
  ]);
  assertEquals(await list("plain"), []);
});

test("the block: what is left out, what is refused, and what it can do", () => {
  const config = (block: Readonly<Record<string, unknown>>) => ttsConfig.safeParse({ piper: block });
  assertEquals(config({}).success, true);
  assertEquals(config({ voice: "en_US-joe-medium", speaker: "x", lengthScale: 2 }).success, true);
  for (
    const wrong of [
      { url: "tcp://127.0.0.1:5000" },
      { voice: "" },
      { lengthScale: 0 },
      { noiseScale: -1 },
      { speaker: "x", speakerId: 1 },
      { speakerId: 0.5 },
      { languages: [] },
    ]
  ) assertEquals(config(wrong).success, false, JSON.stringify(wrong));
  const languages = (block: Readonly<Record<string, unknown>>) =>
    voiceCapabilitiesOf({ type: "piper", ...block }).languages;
  assertEquals(languages({}), "any");
  assertEquals(languages({ voice: "zh_CN-huayan-x_low" }), ["zh-CN"]);
  assertEquals(languages({ voice: "mine" }), "any");
  assertEquals(languages({ voice: "de_DE-mls-medium", languages: ["en"] }), ["en"]);
});
