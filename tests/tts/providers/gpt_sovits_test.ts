import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { ttsConfig, voiceCapabilitiesOf } from "../../../lib/tts/mod.ts";
import { TtsRig, type TtsRigOptions } from "../../contract/tts_rig.ts";
import { gptSovitsSubject } from "../../contract/voices/homebox.ts";
import type { GptSovitsManner } from "../../support/emulators/gpt_sovits.ts";
import { test } from "../../support/test.ts";
import { toneOf } from "../../support/tones.ts";

const TEXT = "Hello there.";

type Settings = Readonly<Record<string, unknown>>;

/** The path and the body of a request. */
async function sentBy(manner: GptSovitsManner, settings: Settings = {}, language = "en"): Promise<unknown> {
  await using rig = await TtsRig.open(gptSovitsSubject(manner, settings));
  const { signal } = rig.canceled;
  await Array.fromAsync(rig.provider.speak({ text: TEXT, language }, signal));
  const { url, body } = rig.emulator?.requests[0] ?? {};
  return [url, JSON.parse(body ?? "")];
}

const V2 = {
  text: TEXT,
  text_lang: "en",
  ref_audio_path: "voices/anna.wav",
  prompt_lang: "en",
  prompt_text: "Hello.",
  text_split_method: "cut5",
  streaming_mode: true,
  media_type: "wav",
};

test("api_v2.py is asked at /tts, the older api.py at /, each by its own names", async () => {
  assertEquals(await sentBy({}), ["/tts", V2]);
  assertEquals(await sentBy({}, { speed: 1.5, splitMethod: "cut0", extra: { top_k: 5 } }), ["/tts", {
    ...V2,
    speed_factor: 1.5,
    text_split_method: "cut0",
    top_k: 5,
  }]);
  assertEquals(await sentBy({ api: "v1" }), ["/", { text: TEXT, text_language: "en" }]);
  assertEquals(
    await sentBy({ api: "v1" }, {
      refAudioPath: "a.wav",
      promptText: "Hello.",
      promptLang: "en",
      speed: 0.5,
      extra: { top_k: 5 },
    }),
    ["/", {
      text: TEXT,
      text_language: "en",
      refer_wav_path: "a.wav",
      prompt_text: "Hello.",
      prompt_language: "en",
      speed: 0.5,
      top_k: 5,
    }],
  );
});

test("the modes that every server knows are a boolean, the newer ones a number", async () => {
  for (const [streamingMode, sent] of [[0, false], [1, true], [2, 2], [3, 3]]) {
    assertEquals(await sentBy({}, { streamingMode }), ["/tts", { ...V2, streaming_mode: sent }]);
  }
});

test("a text is read in its own language, unless the config names one", async () => {
  const asked = async (language: string, settings: Settings = {}) => {
    const [, fields] = request(await sentBy({}, settings, language));
    return fields.text_lang;
  };
  assertEquals(await asked("zh-CN"), "zh");
  assertEquals(await asked("cmn-Hans"), "zh");
  assertEquals(await asked("yue-HK"), "yue");
  assertEquals(await asked("ja"), "ja");
  assertEquals(await asked("de"), "auto");
  assertEquals(await asked("zh-CN", { textLang: "all_zh" }), "all_zh");
});

function request(sent: unknown): readonly [string, { readonly text_lang?: string }] {
  if (Array.isArray(sent)) return [String(sent[0]), sent[1]];
  throw new TypeError("no request");
}

/** How a text fails. */
async function failure(
  manner: GptSovitsManner,
  settings: Settings = {},
  options: TtsRigOptions = {},
): Promise<EarshotError> {
  await using rig = await TtsRig.open(gptSovitsSubject(manner, settings), options);
  return await assertRejects(() => rig.hear(TEXT), EarshotError);
}

test("streamed Vorbis is refused, and how to start the server is told", async () => {
  const { code, message } = await failure({ api: "v1", sends: "vorbis" });
  assertEquals(code, "tts.config");
  assertStringIncludes(message, "start api.py with -mt wav");
  const bytes = await failure({ api: "v1", sends: "vorbis" }, {}, { script: { cuts: "every byte" } });
  assertEquals(bytes.code, "tts.config");
});

test("a server of the other kind is told by the setting", async () => {
  const v1 = await failure({ api: "v1" }, {
    api: "v2",
    refAudioPath: "a.wav",
    promptLang: "en",
    promptText: "Hello.",
  });
  assertEquals(v1.code, "tts.config");
  assertStringIncludes(v1.message, "it is no api_v2.py: set api: v1");
  const v2 = await failure({ api: "v2" }, { api: "v1" });
  assertEquals(v2.code, "tts.config");
  assertStringIncludes(v2.message, "it is no api.py: set api: v2");
});

test("a recording that the server does not have is a fault of the config, also where it breaks off instead", async () => {
  const told = await failure({}, { refAudioPath: "no-such.wav" });
  assertEquals(told.code, "tts.config");
  assertStringIncludes(told.message, "refAudioPath is a file on the server's own disk, 3 to 10 s long");
  for (const manner of [{}, { api: "v1" }] as const) {
    const fault = { what: "drop", at: "first" } as const;
    const cut = await failure(manner, {}, { script: { fault } });
    assertEquals(cut.code, "tts.disconnected");
    assertStringIncludes(cut.message, "it cannot use refAudioPath");
  }
  const later = await failure({}, {}, { script: { fault: { what: "drop", at: "mid" } } });
  assertEquals([later.code, later.message.includes("refAudioPath")], ["tts.disconnected", false]);
});

test("a language that the model lacks is a fault of the config, in the server's words", async () => {
  const { code, message } = await failure({}, { textLang: "all_ko" });
  assertEquals(code, "tts.config");
  assertStringIncludes(message, "it answered 400 text_lang: all_ko is not supported in version v2");
});

test("samples of api.py have the rate of the config", async () => {
  const subject = gptSovitsSubject({ api: "v1", sends: "samples" }, { sampleRateHz: 32_000 });
  await using rig = await TtsRig.open(subject, { script: { sampleRateHz: 32_000 } });
  const { pcm, sampleRateHz } = await rig.hear(TEXT);
  assertEquals([sampleRateHz, 1_000 * pcm.length / sampleRateHz], [32_000, toneOf(TEXT).durationMs]);
});

test("the block: what is left out, what is refused, and what it can do", () => {
  const config = (block: Settings) => ttsConfig.safeParse({ gptSovits: block }).success;
  const voice = { refAudioPath: "a.wav", promptLang: "zh" };
  assertEquals(config(voice), true);
  assertEquals(config({ api: "v1" }), true);
  assertEquals(config({ api: "v1", ...voice, promptText: "你好" }), true);
  for (
    const wrong of [
      {},
      { refAudioPath: "a.wav" },
      { api: "v1", ...voice },
      { ...voice, api: "v3" },
      { ...voice, promptLang: "zh-CN" },
      { ...voice, streamingMode: 4 },
      { ...voice, extra: { media_type: "ogg" } },
      { ...voice, extra: { text: "x" } },
      { ...voice, speed: 0 },
    ]
  ) assertEquals(config(wrong), false, JSON.stringify(wrong));
  const languages = (block: Settings) => voiceCapabilitiesOf({ type: "gptSovits", ...block }).languages;
  assertEquals(languages({}), ["zh", "yue", "en", "ja", "ko"]);
  assertEquals(languages({ textLang: "auto" }), "any");
  assertEquals(languages({ textLang: "auto", languages: ["zh"] }), ["zh"]);
});
