import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { ttsConfig, voiceCapabilitiesOf } from "../../../lib/tts/mod.ts";
import { TtsRig } from "../../contract/tts_rig.ts";
import { paddleSpeechSubject } from "../../contract/voices/homebox.ts";
import { paddleSpeechServer } from "../../support/emulators/paddle_speech.ts";
import { SpeechSocketEmulator } from "../../support/emulators/speech_socket_emulator.ts";
import { openVoice } from "../../support/open_voice.ts";
import { test } from "../../support/test.ts";
import { toneOf } from "../../support/tones.ts";

const TEXT = "Hello there.";

test("the sound has the rate of the config: the server does not say it", async () => {
  const script = { sampleRateHz: 16_000 };
  await using rig = await TtsRig.open(paddleSpeechSubject({ sampleRateHz: 16_000, speakerId: 99 }), {
    script,
  });
  const { pcm, sampleRateHz } = await rig.hear(TEXT);
  assertEquals([sampleRateHz, 1_000 * pcm.length / sampleRateHz], [16_000, toneOf(TEXT).durationMs]);
  assertEquals(await rig.closedAtService(), "whole");
});

test("a speaker that the model does not have is no word of the server's, so the cause is guessed", async () => {
  await using rig = await TtsRig.open(paddleSpeechSubject({ speakerId: 100 }));
  const { code, message } = await assertRejects(() => rig.hear(TEXT), EarshotError);
  assertEquals(code, "tts.failed");
  assertStringIncludes(message, "it answered the status -1 and no reason, as it does at a speakerId");
});

/** How a text fails where the server says this instead of its sound. */
async function failure(message: string): Promise<string> {
  const dialect = paddleSpeechServer();
  await using emulator = await SpeechSocketEmulator.start({
    ...dialect,
    messages: { before: () => [], after: () => [], ...dialect.messages, sound: () => message },
  });
  const url = `${emulator.origin}/paddlespeech/tts/streaming`;
  const voice = await openVoice({ type: "paddleSpeech", url });
  const speaking = Array.fromAsync(
    voice.speak({ text: TEXT, language: "zh" }, new AbortController().signal),
  );
  return (await assertRejects(() => speaking, EarshotError)).code;
}

test("what is no message, and sound that is no base64, have broken the protocol", async () => {
  for (const message of ["{", "[]", '{"audio":""}', '{"status":1,"audio":"!!"}', '{"status":"1"}']) {
    assertEquals(await failure(message), "tts.protocol", message);
  }
});

test("the block: what is left out, what is refused, and what it can do", () => {
  const config = (block: Readonly<Record<string, unknown>>) =>
    ttsConfig.safeParse({ paddleSpeech: block }).success;
  assertEquals(config({}), true);
  for (const wrong of [{ url: "http://x" }, { speakerId: -1 }, { speakerId: "1" }, { languages: [] }]) {
    assertEquals(config(wrong), false, JSON.stringify(wrong));
  }
  assertEquals(voiceCapabilitiesOf({ type: "paddleSpeech" }), {
    languages: ["zh"],
    maxChars: 500,
    textIn: "whole",
  });
});
