import { assert, assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { Channel } from "../../../lib/lifecycle/mod.ts";
import { type SpeechSound, ttsConfig, voiceCapabilitiesOf } from "../../../lib/tts/mod.ts";
import { WyomingSound } from "../../../lib/tts/providers/wyoming_sound.ts";
import { onePart } from "../../../lib/tts/streamed/speak_streamed.ts";
import { StreamedRig } from "../../contract/streamed_rig.ts";
import { TtsRig } from "../../contract/tts_rig.ts";
import { wyomingVoiceSubject } from "../../contract/voices/homebox.ts";
import type { HeardEvent } from "../../support/emulators/wyoming_events.ts";
import type { WyomingSpeechManner } from "../../support/emulators/wyoming_speech.ts";
import fc from "../../support/fast_check.ts";
import { openVoice } from "../../support/open_voice.ts";
import { spokenBy } from "../../support/spoken_by.ts";
import { test } from "../../support/test.ts";
import { hearTone, toneOf } from "../../support/tones.ts";
import { until } from "../../support/until.ts";
import { listen } from "../speaking.ts";

const TEXT = "Hello there.";
const service = { family: "tts", name: "wyoming" } as const;

/** Notes what the server is sent: types, and the text of chunks. */
function noted(): { readonly events: string[]; readonly onEvent: (event: HeardEvent) => void } {
  const events: string[] = [];
  return {
    events,
    onEvent: ({ type, data }) => events.push("text" in data ? `${type}: ${data["text"]}` : type),
  };
}

test("the first request asks what the server is, and no other; the voice is named where it is set", async () => {
  const { events, onEvent } = noted();
  const asked: unknown[] = [];
  const manner = {
    onEvent: (event: HeardEvent) => {
      onEvent(event);
      if (event.type === "synthesize") asked.push(event.data["voice"]);
    },
  };
  {
    await using rig = await TtsRig.open(wyomingVoiceSubject(manner));
    await rig.hear(TEXT);
    await rig.hear("Once more.");
  }
  assertEquals(events, ["describe", `synthesize: ${TEXT}`, "synthesize: Once more."]);
  for (const speaker of [{}, { speaker: "b" }]) {
    await using rig = await TtsRig.open(
      wyomingVoiceSubject(manner, { voice: "en_US-mls-medium", ...speaker }),
    );
    await rig.hear(TEXT);
  }
  assertEquals(asked, [
    undefined,
    undefined,
    { name: "en_US-mls-medium" },
    { name: "en_US-mls-medium", speaker: "b" },
  ]);
});

test("the first text that is being written asks what the server is, over the same connection", async () => {
  const { events, onEvent } = noted();
  await using rig = await StreamedRig.open(wyomingVoiceSubject({ onEvent }));
  await rig.write("One", " sentence. ", "An", "other one");
  rig.parts.close();
  await rig.hearAll("One sentence.", "Another one");
  assertEquals([rig.emulator.requests.length, await rig.closedAtService()], [1, "whole"]);
  assertEquals(events, [
    "describe",
    "synthesize-start",
    "synthesize-chunk: One",
    "synthesize-chunk:  sentence. ",
    "synthesize-chunk: An",
    "synthesize-chunk: other one",
    "synthesize-stop",
  ]);
});

test("a server that does not stream: given up while it waits for the end of a sentence, and a text that fails", async () => {
  for (const how of ["canceled", "llm.disconnected"] as const) {
    await using rig = await StreamedRig.open(wyomingVoiceSubject({ streams: false }));
    await rig.write("One sentence. And");
    await rig.hear("One sentence.");
    const outcome = rig.outcome();
    // The next request has begun.
    await until(() => rig.emulator.requests.length === 2, "the next request");
    if (how === "canceled") rig.canceled.abort();
    else rig.parts.close(new EarshotError("llm.disconnected", "It broke off"));
    assertEquals(await outcome, how);
    await until(() => rig.emulator.open === 0, "the connection ends");
    assert(await rig.isLeft(), "the writer is told");
  }
});

test("a server that does not stream is asked for each sentence as soon as that is whole", async () => {
  const { events, onEvent } = noted();
  await using rig = await StreamedRig.open(wyomingVoiceSubject({ streams: false, onEvent }));
  await rig.write("One sen", "tence. And");
  await rig.hear("One sentence.");
  await rig.write(" now another one. ", "Th", "e end");
  rig.parts.close();
  await rig.hearAll("One sentence.", "And now another one.", "The end");
  assertEquals(rig.emulator.requests.length, 3);
  assertEquals(events, [
    "describe",
    "synthesize: One sentence.",
    "synthesize: And now another one.",
    "synthesize: The end",
  ]);
});

test("a server that is exchanged for one that does not stream is found out after the first hang", async () => {
  let manner: WyomingSpeechManner = {};
  await using rig = await TtsRig.open(wyomingVoiceSubject(() => manner));
  const outcome = async (giveUpMs?: number) => {
    const signal = giveUpMs === undefined ? rig.canceled.signal : AbortSignal.timeout(giveUpMs);
    const speaking = listen(spokenBy(rig.provider, onePart(TEXT), signal));
    await speaking.done;
    return [speaking.outcome, lengthMs(speaking.sounds)];
  };
  const whole = ["whole", toneOf(TEXT).durationMs];
  assertEquals(await outcome(), whole);
  manner = { streams: false };
  assertEquals(await outcome(200), ["canceled", 0]);
  assertEquals(await outcome(), whole);
  manner = {};
  assertEquals(await outcome(), whole);
});

function lengthMs(sounds: readonly SpeechSound[]): number {
  return Math.round(
    sounds.reduce((sum, { pcm, sampleRateHz }) => sum + 1_000 * pcm.length / sampleRateHz, 0),
  );
}

test("each sentence may come at a rate of its own", async () => {
  await using rig = await StreamedRig.open(wyomingVoiceSubject({ ratesHz: [22_050, 16_000] }));
  await rig.write("One sentence. ", "Another one.");
  rig.parts.close();
  const sounds: SpeechSound[] = [];
  for (let sound = await rig.next(); sound !== undefined; sound = await rig.next()) sounds.push(sound);
  for (const [rate, words] of [[22_050, "One sentence."], [16_000, "Another one."]] as const) {
    const pcm = Int16Array.from(
      sounds.filter(({ sampleRateHz }) => sampleRateHz === rate).flatMap(({ pcm }) => [...pcm]),
    );
    const tone = hearTone(pcm, rate);
    assertAlmostEquals(tone.durationMs, toneOf(words).durationMs, 1);
    assertAlmostEquals(tone.hz, toneOf(words).hz, 10);
  }
});

/** What comes of a text in these parts, which goes on. */
async function streamedIn({ provider, canceled }: TtsRig, ...texts: readonly string[]): Promise<unknown> {
  const parts = new Channel<string>(10);
  for (const text of texts) await parts.send(text);
  return await Array.fromAsync(spokenBy(provider, parts, canceled.signal));
}

/** What comes of a text that is spoken whole, and of one that is being written. */
async function failures(manner: WyomingSpeechManner, settings = {}): Promise<readonly EarshotError[]> {
  await using rig = await TtsRig.open(wyomingVoiceSubject(manner, settings));
  const whole = await assertRejects(() => rig.hear(TEXT), EarshotError);
  const streamed = await assertRejects(() => streamedIn(rig, `${TEXT} And`), EarshotError);
  return [whole, streamed];
}

test("an unknown voice is a fault of the config, and where its names are is told", async () => {
  for (const { code, message } of await failures({}, { voice: "no-such-voice" })) {
    assertEquals(code, "tts.config");
    assertStringIncludes(message, "VoiceNotFoundError no-such-voice; earshot voices wyoming lists");
  }
});

test("an error is told in the server's words, less those of the text", async () => {
  const script = { fault: { what: "refuse", kind: "busy" } } as const;
  await using rig = await TtsRig.open(wyomingVoiceSubject(), { script });
  const whole = await assertRejects(() => rig.hear(TEXT), EarshotError);
  const streamed = await assertRejects(() => streamedIn(rig, "Hello", " there. ", "And"), EarshotError);
  for (const { code, message } of [whole, streamed]) {
    assertEquals(code, "tts.failed");
    assert(message.endsWith(": RuntimeError it went wrong with …"), message);
  }
});

test("sound that is not 16 bits, mono, is refused with what it has to be", async () => {
  for (const format of [{ width: 4 }, { channels: 2 }]) {
    for (const { code, message } of await failures({ format })) {
      assertEquals(code, "tts.protocol");
      assertStringIncludes(message, "have it send 16 bits, mono");
    }
  }
  for (const format of [{ rate: 0 }, { rate: "fast" }]) {
    assertEquals((await failures({ format })).map(({ code }) => code), ["tts.protocol", "tts.protocol"]);
  }
});

test("a Wyoming server that does not speak is told by its port", async () => {
  for (const info of [{ asr: [{ name: "whisper" }] }, { asr: [], tts: [] }]) {
    for (const { code, message } of await failures({ info })) {
      assertEquals(code, "tts.config");
      assertStringIncludes(message, "check the port in url, which is 10200 by custom");
    }
  }
});

test("a server that stops before the text has ended has broken the protocol", async () => {
  await using rig = await StreamedRig.open(wyomingVoiceSubject({ stopsAfter: 1 }));
  await rig.write("One sentence. And");
  assertEquals(await rig.outcome(), "tts.protocol");
  await until(() => rig.emulator.open === 0, "the connection ends");
});

test("wherever chunks are cut, their samples are the same; half a sample does not outlive its sentence", () => {
  const data = { rate: 22_050, width: 2, channels: 1 };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(fc.nat(200)), (bytes, places) => {
    const sound = new WyomingSound(service);
    const cuts = [
      0,
      ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b),
      bytes.length,
    ];
    const read = cuts.slice(1).flatMap((cut, index) =>
      sound.read({ type: "audio-chunk", data, payload: bytes.subarray(cuts[index], cut) })
    );
    const whole = bytes.slice(0, bytes.length & ~1);
    assertEquals(read.flatMap(({ pcm }) => [...pcm]), [...new Int16Array(whole.buffer)]);
    sound.begin();
    const [next] = sound.read({ type: "audio-chunk", data, payload: Uint8Array.of(1, 2) });
    assertEquals([...next?.pcm ?? []], [0x0201]);
  }));
});

test("voices lists those of every program of the server", async () => {
  const { events, onEvent } = noted();
  await using rig = await TtsRig.open(wyomingVoiceSubject({ onEvent, data: "both" }));
  assertEquals(await rig.provider.voices?.(rig.canceled.signal), [
    { name: "en_US-joe-medium", language: "en-US", about: "joe (medium)" },
    { name: "de_DE-mls-medium", language: "de-DE", about: "mls, 2 speakers" },
    { name: "home-made" },
  ]);
  assertEquals(events, ["describe"]);
});

test("the block: what is left out, what is refused, and what it can do", () => {
  const config = (block: Readonly<Record<string, unknown>>) => ttsConfig.safeParse({ wyoming: block });
  assertEquals(config({}).success, true);
  assertEquals(config({ voice: "x", speaker: "y", streaming: "off" }).success, true);
  for (
    const wrong of [
      { url: "http://127.0.0.1:10200" },
      { url: "tcp://127.0.0.1" },
      { speaker: "y" },
      { streaming: true },
      { voice: "" },
      { tls: {} },
    ]
  ) assertEquals(config(wrong).success, false, JSON.stringify(wrong));
  const can = (block: Readonly<Record<string, unknown>>) =>
    voiceCapabilitiesOf({ type: "wyoming", ...block });
  assertEquals(can({}), { languages: "any", maxChars: 4_000, textIn: "streamed" });
  assertEquals(can({ voice: "en_GB-alba-medium", streaming: "off" }), {
    languages: ["en-GB"],
    maxChars: 4_000,
    textIn: "whole",
  });
});

test("nobody there is tts.unreachable, and may pass", async () => {
  const voice = await openVoice({ type: "wyoming", url: "tcp://localhost:1" });
  const { signal } = new AbortController();
  const both = [voice.speak({ text: TEXT, language: "en" }, signal), spokenBy(voice, onePart(TEXT), signal)];
  for (const sounds of both) {
    const { code, retryable } = await assertRejects(() => Array.fromAsync(sounds), EarshotError);
    assertEquals([code, retryable], ["tts.unreachable", true]);
  }
});

test("with streaming off no text is taken that is being written", async () => {
  await using rig = await TtsRig.open(wyomingVoiceSubject({}, { streaming: "off" }));
  assertEquals(rig.provider.speakStream, undefined);
  assertEquals((await rig.hear(TEXT)).voices, ["wyoming"]);
});
