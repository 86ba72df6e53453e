import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { ttsConfig, voiceCapabilitiesOf } from "../../../lib/tts/mod.ts";
import { TtsRig } from "../../contract/tts_rig.ts";
import { fishSpeechSubject } from "../../contract/voices/homebox.ts";
import type { FishSpeechManner } from "../../support/emulators/fish_speech.ts";
import { test } from "../../support/test.ts";
import { toneOf } from "../../support/tones.ts";

const TEXT = "Hello there.";

type Settings = Readonly<Record<string, unknown>>;

/** What a server was sent: the header that names a model, and the body. */
async function sentBy(manner: FishSpeechManner, settings: Settings = {}): Promise<unknown> {
  await using rig = await TtsRig.open(fishSpeechSubject(manner, settings));
  await rig.hear(TEXT);
  const { headers = {}, body = "" } = rig.emulator?.requests[0] ?? {};
  return [headers["model"], JSON.parse(body)];
}

test("a server of one's own is asked for WAV, which alone it streams; the cloud for samples, and for a model", async () => {
  assertEquals(await sentBy({}), [undefined, { text: TEXT, format: "wav", streaming: true }]);
  assertEquals(await sentBy({}, { streaming: false, voice: "anna", extra: { temperature: 0.5 } }), [
    undefined,
    {
      text: TEXT,
      format: "wav",
      streaming: false,
      reference_id: "anna",
      temperature: 0.5,
    },
  ]);
  const cloud = { text: TEXT, format: "pcm", sample_rate: 24_000 };
  assertEquals(await sentBy({ api: "cloud" }), [undefined, cloud]);
  assertEquals(
    await sentBy({ api: "cloud" }, { model: "s1", voice: "7f92", extra: { latency: "balanced" } }),
    [
      "s1",
      { ...cloud, reference_id: "7f92", latency: "balanced" },
    ],
  );
});

test("a voice that a server of one's own does not have is spoken by one by chance", async () => {
  await using rig = await TtsRig.open(fishSpeechSubject({}, { voice: "no-such" }));
  const { pcm, sampleRateHz } = await rig.hear(TEXT);
  assertEquals(1_000 * pcm.length / sampleRateHz, toneOf(TEXT).durationMs);
});

test("what is refused is told in the server's words, not by the name of its status", async () => {
  const failure = async (manner: FishSpeechManner, settings: Settings, kind?: "text" | "quota") => {
    await using rig = await TtsRig.open(fishSpeechSubject(manner, settings), {
      script: kind === undefined ? {} : { fault: { what: "refuse", kind } },
    });
    const { code, message } = await assertRejects(() => rig.hear(TEXT), EarshotError);
    return [code, message];
  };
  for (
    const [[code = "", message = ""], expected, words] of [
      [await failure({ api: "cloud" }, { voice: "no-such" }), "tts.config", "400 Reference not found"],
      [await failure({ api: "cloud" }, { model: "no-such" }), "tts.config", "400 Invalid model"],
      [await failure({ api: "cloud" }, {}, "quota"), "tts.quota", "402 API key has run out of credit"],
      [await failure({}, {}, "text"), "tts.bad_input", "400 Text is too long, max length is 10"],
    ] as const
  ) {
    assertEquals(code, expected);
    assertStringIncludes(message, words);
    assert(!message.includes("Bad Request"), message);
  }
});

test("voices lists those of one's own server, and nothing where it is too old to tell", async () => {
  for (const lists of [true, false]) {
    await using rig = await TtsRig.open(fishSpeechSubject({ lists }));
    const found = await rig.provider.voices?.(rig.canceled.signal);
    assertEquals(found, lists ? [{ name: "anna" }, { name: "ben" }] : []);
  }
  await using rig = await TtsRig.open(fishSpeechSubject({ api: "cloud" }));
  assertEquals(rig.provider.voices, undefined);
});

test("the block: what is left out, what is refused, and what it can do", () => {
  const config = (block: Settings) => ttsConfig.safeParse({ fishSpeech: block }).success;
  const apiKey = { env: "FISH_KEY" };
  assertEquals(config({}), true);
  const url = "https://api.fish.audio";
  assertEquals(config({ api: "cloud", url, apiKey, model: "s1" }), true);
  for (
    const wrong of [
      { api: "cloud", url },
      { api: "cloud", apiKey },
      { model: "s1" },
      { extra: { format: "mp3" } },
      { extra: { streaming: true } },
      { url: "ws://127.0.0.1:8080" },
      { voice: "" },
    ]
  ) assertEquals(config(wrong), false, JSON.stringify(wrong));
  assertEquals(voiceCapabilitiesOf({ type: "fishSpeech" }), {
    languages: "any",
    maxChars: 1_000,
    textIn: "whole",
  });
});
