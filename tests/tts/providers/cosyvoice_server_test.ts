import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { writeWav } from "../../../lib/audio/mod.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { ttsConfig, voiceCapabilitiesOf } from "../../../lib/tts/mod.ts";
import { TtsRig } from "../../contract/tts_rig.ts";
import { cosyvoiceServerSubject } from "../../contract/voices/homebox.ts";
import { openVoice } from "../../support/open_voice.ts";
import { test } from "../../support/test.ts";
import { toneOf } from "../../support/tones.ts";

const TEXT = "Hello there.";

/** Runs `use` with a file of these bytes. */
async function withFile(bytes: Uint8Array, use: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".wav" });
  try {
    await Deno.writeFile(path, bytes);
    await use(path);
  } finally {
    await Deno.remove(path);
  }
}

const recording = (seconds: number, rateHz = 16_000) =>
  writeWav(new Int16Array(seconds * rateHz).fill(100), rateHz);

test("a speaker is asked for by a form, and a recording goes with its words", async () => {
  {
    await using rig = await TtsRig.open(cosyvoiceServerSubject());
    await rig.hear(TEXT);
    const { url, body } = rig.emulator?.requests[0] ?? { body: "" };
    assertEquals(url, "/inference_sft");
    assertStringIncludes(body, "中文女");
  }
  await withFile(recording(3), async (promptWav) => {
    const subject = cosyvoiceServerSubject({}, { promptWav, promptText: "希望你以后能够做的比我还好。" });
    await using rig = await TtsRig.open(subject);
    const { pcm, sampleRateHz } = await rig.hear(TEXT);
    assertEquals(1_000 * pcm.length / sampleRateHz, toneOf(TEXT).durationMs);
    const { url, body } = rig.emulator?.requests[0] ?? { body: "" };
    assertEquals(url, "/inference_zero_shot");
    assertStringIncludes(body, "希望你以后能够做的比我还好。");
    assertStringIncludes(body, 'name="prompt_wav"; filename="prompt.wav"');
  });
});

test("the rate is the one that the server says, else the config's, else that of the usual models", async () => {
  const rateOf = async (settings: Readonly<Record<string, unknown>>, saysHz?: number) => {
    const manner = saysHz === undefined ? {} : { saysHz };
    await using rig = await TtsRig.open(cosyvoiceServerSubject(manner, settings));
    return (await rig.hear(TEXT)).sampleRateHz;
  };
  assertEquals(await rateOf({ sampleRateHz: undefined }), 22_050);
  assertEquals(await rateOf({ sampleRateHz: 24_000 }), 24_000);
  assertEquals(await rateOf({ sampleRateHz: 24_000 }, 16_000), 16_000);
  await withFile(recording(3), async (promptWav) => {
    assertEquals(await rateOf({ promptWav, promptText: "Hello.", sampleRateHz: undefined }), 24_000);
  });
});

test("an answer that breaks off before any sound says what the cause may be; a later one does not", async () => {
  const failure = async (at: "first" | "mid", settings = {}) => {
    await using rig = await TtsRig.open(cosyvoiceServerSubject({}, settings), {
      script: { fault: { what: "drop", at } },
    });
    const { code, message } = await assertRejects(() => rig.hear(TEXT), EarshotError);
    return [code, /it does not (\w+ \w+ \w+|\w+ \w+)/.exec(message)?.[1]];
  };
  assertEquals(await failure("first"), ["tts.disconnected", "know the speaker"]);
  assertEquals(await failure("mid"), ["tts.disconnected", undefined]);
  await withFile(recording(3), async (promptWav) => {
    const [code, words] = await failure("first", { promptWav, promptText: "Hello." });
    assertEquals([code, words], ["tts.disconnected", "understand promptWav"]);
  });
});

test("a recording is checked when the voice is opened", async () => {
  const outcome = async (path: string) => {
    const block = { type: "cosyvoiceServer", promptWav: path, promptText: "Hello." };
    const { code, message } = await assertRejects(() => openVoice(block, { name: "mine" }), EarshotError);
    assertEquals(code, "config.invalid");
    assertStringIncludes(message, "Cannot use tts.mine.promptWav: ");
    return message;
  };
  assertStringIncludes(await outcome("/nowhere/voice.wav"), "no readable file at /nowhere/voice.wav");
  for (
    const [bytes, words] of [
      [new TextEncoder().encode("ID3 is no WAV"), "is no WAV file"],
      [recording(31), "has 31 s; at most 30 s are taken"],
      [recording(3, 8_000), "has 8000 Hz; 16000 or more are needed"],
      [recording(0), "has no sound"],
      [recording(1).subarray(0, 20), "Cannot read the sound"],
      [new Uint8Array(33 << 20), "is larger than 32 MiB"],
    ] as const
  ) await withFile(bytes, async (path) => assertStringIncludes(await outcome(path), words));
});

test("the block: what is left out, what is refused, and what it can do", () => {
  const config = (block: Readonly<Record<string, unknown>>) =>
    ttsConfig.safeParse({ cosyvoiceServer: block }).success;
  assertEquals(config({ speaker: "中文女" }), true);
  assertEquals(config({ promptWav: "voice.wav", promptText: "Hello." }), true);
  for (
    const wrong of [
      {},
      { speaker: "x", promptWav: "voice.wav", promptText: "Hello." },
      { promptWav: "voice.wav" },
      { speaker: "x", promptText: "Hello." },
      { speaker: "x", sampleRateHz: 1 },
    ]
  ) assertEquals(config(wrong), false, JSON.stringify(wrong));
  assertEquals(voiceCapabilitiesOf({ type: "cosyvoiceServer", speaker: "x" }), {
    languages: "any",
    maxChars: 1_000,
    textIn: "whole",
  });
});
