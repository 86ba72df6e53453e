import { assert, assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { ttsConfig, type TtsProvider, voiceCapabilitiesOf } from "../../../lib/tts/mod.ts";
import { WyomingSound } from "../../../lib/tts/providers/wyoming_sound.ts";
import { TtsRig, type TtsRigOptions } from "../../contract/tts_rig.ts";
import { wyomingVoiceSubject } from "../../contract/voices/homebox.ts";
import type { HeardEvent } from "../../support/emulators/wyoming_events.ts";
import type { WyomingSpeechManner } from "../../support/emulators/wyoming_speech.ts";
import fc from "../../support/fast_check.ts";
import { openVoice } from "../../support/open_voice.ts";
import { test } from "../../support/test.ts";
import { hearTone, toneOf } from "../../support/tones.ts";
import { inTime, until } from "../../support/until.ts";
import { WrittenText } from "../../support/written_text.ts";
import { listen, type Speaking } from "../speaking.ts";

const TEXT = "Hello there.";
const service = { family: "tts", name: "wyoming" } as const;

type Sound = { readonly pcm: Int16Array; readonly sampleRateHz: number };

/** A text that is being written, and the voice that speaks it. */
interface Streaming {
  readonly rig: TtsRig;
  readonly text: WrittenText;
  readonly canceled: AbortController;
  readonly speaking: Speaking<Sound>;
  /** Waits until so much is heard. */
  heard(durationMs: number): Promise<void>;
}

function streamOf(provider: TtsProvider, text: WrittenText, signal: AbortSignal): AsyncIterable<Sound> {
  const sounds = provider.speakStream?.(text, { language: "en" }, signal);
  assert(sounds !== undefined, "it takes no text that is being written");
  return sounds;
}

async function streaming(
  { manner = {}, settings = {}, ...options }: TtsRigOptions & {
    readonly manner?: WyomingSpeechManner | (() => WyomingSpeechManner);
    readonly settings?: Readonly<Record<string, unknown>>;
  },
  use: (streaming: Streaming) => Promise<void>,
): Promise<void> {
  await using rig = await TtsRig.open(wyomingVoiceSubject(manner, settings), options);
  const text = new WrittenText();
  const canceled = new AbortController();
  const speaking = listen(streamOf(rig.provider, text, canceled.signal));
  const heard = (durationMs: number) =>
    until(() => lengthMs(speaking.sounds) >= durationMs, `${durationMs} ms`);
  try {
    await use({ rig, text, canceled, speaking, heard });
  } finally {
    canceled.abort();
    await speaking.done;
  }
}

function lengthMs(sounds: readonly Sound[]): number {
  return Math.round(
    sounds.reduce((sum, { pcm, sampleRateHz }) => sum + 1_000 * pcm.length / sampleRateHz, 0),
  );
}

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

test("parts go out unsplit as they come, over one connection, and the sound may come before their end", async () => {
  const { events, onEvent } = noted();
  await streaming({ manner: { onEvent } }, async ({ rig, text, speaking, heard }) => {
    await until(() => text.awaited, "the text is read");
    assertEquals(rig.requests, 0);
    text.write("One", " sen");
    await until(() => events.length === 4, "the parts arrive", { found: () => events.join() });
    assertEquals(lengthMs(speaking.sounds), 0);
    text.write("tence. ", "An");
    await heard(toneOf("One sentence.").durationMs);
    assertEquals(speaking.outcome, undefined);
    assert(!text.left);
    text.write("other", " ", "one");
    text.end();
    await inTime(speaking.done, "the end");
    assertEquals(speaking.outcome, "whole");
    assertEquals(
      lengthMs(speaking.sounds),
      toneOf("One sentence.").durationMs + toneOf("Another one").durationMs,
    );
    assertEquals([rig.requests, await rig.closedAtService()], [1, "whole"]);
  });
  assertEquals(events, [
    "describe",
    "synthesize-start",
    "synthesize-chunk: One",
    "synthesize-chunk:  sen",
    "synthesize-chunk: tence. ",
    "synthesize-chunk: An",
    "synthesize-chunk: other",
    "synthesize-chunk:  ",
    "synthesize-chunk: one",
    "synthesize-stop",
  ]);
});

test("a text without a part asks nobody", async () => {
  await streaming({}, async ({ rig, text, speaking }) => {
    text.write("");
    text.end();
    await inTime(speaking.done, "the end");
    assertEquals([speaking.outcome, speaking.sounds.length, rig.requests], ["whole", 0, 0]);
  });
});

test("canceled while it waits for text: for the first, and for more", async () => {
  await streaming({}, async ({ rig, text, canceled, speaking }) => {
    await until(() => text.awaited, "the text is read");
    canceled.abort();
    await inTime(speaking.done, "the end");
    assertEquals([speaking.outcome, rig.requests], ["canceled", 0]);
    text.write("late");
    await until(() => text.left, "the text is left");
  });
  for (const streams of [true, false]) {
    await streaming({ manner: { streams } }, async ({ rig, text, canceled, speaking, heard }) => {
      text.write("One sentence. And");
      await heard(toneOf("One sentence.").durationMs);
      await until(() => text.awaited, "the text is read");
      canceled.abort();
      await inTime(speaking.done, "the end");
      assertEquals(speaking.outcome, "canceled");
      await until(() => rig.emulator?.open === 0, "the connection ends");
      text.write("late");
      await until(() => text.left, "the text is left");
    });
  }
});

test("canceled in mid-sound, before the server answers, and by leaving the loop: the connection ends", async () => {
  for (const at of ["headers", "first", "mid"] as const) {
    const script = { fault: { what: "hang", at } } as const;
    await streaming({ script }, async ({ rig, text, canceled, speaking, heard }) => {
      text.write("One sentence. ", "More");
      await until(() => rig.requests === 1, "the request");
      if (at === "mid") await heard(30);
      canceled.abort();
      await inTime(speaking.done, "the end");
      assertEquals([speaking.outcome, await rig.closedAtService()], ["canceled", "closed"]);
    });
  }
  await using rig = await TtsRig.open(wyomingVoiceSubject(), { script: { fault: { what: "endless" } } });
  const text = new WrittenText();
  text.write("One sentence. ");
  for await (const _sound of streamOf(rig.provider, text, rig.canceled.signal)) break;
  assertEquals(await rig.closedAtService(), "closed");
  text.end();
});

test("a server is held up while nobody pulls the sound of a text that is being written", async () => {
  await using rig = await TtsRig.open(wyomingVoiceSubject(), { script: { fault: { what: "endless" } } });
  const text = new WrittenText();
  text.write("One sentence. And");
  const sounds = streamOf(rig.provider, text, rig.canceled.signal)[Symbol.asyncIterator]();
  await sounds.next();
  const sent = () => rig.emulator?.requests[0]?.sentBytes ?? 0;
  let before = -1;
  let quiet = 0;
  await until(async () => {
    quiet = before === sent() ? quiet + 1 : 0;
    before = sent();
    await new Promise((resolve) => setTimeout(resolve, 50));
    return quiet === 5 || before >= 16 * 2 ** 20;
  }, "the server is held up");
  assert(before < 16 * 2 ** 20, `${before} bytes were taken that nobody pulled`);
  await sounds.return?.();
  assertEquals(await rig.closedAtService(), "closed");
  text.end();
});

test("what the text throws ends the request, and is thrown", async () => {
  for (const streams of [true, false]) {
    await streaming({ manner: { streams } }, async ({ rig, text, speaking, heard }) => {
      text.write("One sentence. And");
      await heard(toneOf("One sentence.").durationMs);
      text.fail(new EarshotError("llm.disconnected", "It broke off"));
      await inTime(speaking.done, "the end");
      assertEquals(speaking.outcome, "llm.disconnected");
      await until(() => rig.emulator?.open === 0, "the connection ends");
    });
  }
});

test("a server that does not stream is asked for each sentence as soon as that is whole", async () => {
  const { events, onEvent } = noted();
  await streaming({ manner: { streams: false, onEvent } }, async ({ rig, text, speaking, heard }) => {
    text.write("One sen", "tence. And");
    await heard(toneOf("One sentence.").durationMs);
    text.write(" now another one. ", "Th", "e end");
    text.end();
    await inTime(speaking.done, "the end");
    assertEquals([speaking.outcome, rig.requests], ["whole", 3]);
    const texts = ["One sentence.", "And now another one.", "The end"];
    assertEquals(lengthMs(speaking.sounds), texts.reduce((sum, text) => sum + toneOf(text).durationMs, 0));
  });
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
    const text = new WrittenText();
    text.write(TEXT);
    text.end();
    const signal = giveUpMs === undefined ? rig.canceled.signal : AbortSignal.timeout(giveUpMs);
    const speaking = listen(streamOf(rig.provider, text, signal));
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

test("each sentence may come at a rate of its own", async () => {
  await streaming({ manner: { ratesHz: [22_050, 16_000] } }, async ({ text, speaking }) => {
    text.write("One sentence. ", "Another one.");
    text.end();
    await inTime(speaking.done, "the end");
    for (const [rate, words] of [[22_050, "One sentence."], [16_000, "Another one."]] as const) {
      const pcm = Int16Array.from(
        speaking.sounds.filter(({ sampleRateHz }) => sampleRateHz === rate).flatMap(({ pcm }) => [...pcm]),
      );
      const tone = hearTone(pcm, rate);
      assertAlmostEquals(tone.durationMs, toneOf(words).durationMs, 1);
      assertAlmostEquals(tone.hz, toneOf(words).hz, 10);
    }
  });
});

/** What comes of a text that is spoken whole, and of one that is being written. */
async function failures(manner: WyomingSpeechManner, settings = {}): Promise<readonly EarshotError[]> {
  await using rig = await TtsRig.open(wyomingVoiceSubject(manner, settings));
  const whole = await assertRejects(() => rig.hear(TEXT), EarshotError);
  const text = new WrittenText();
  text.write(`${TEXT} And`);
  const sounds = streamOf(rig.provider, text, rig.canceled.signal);
  const streamed = await assertRejects(() => Array.fromAsync(sounds), EarshotError);
  text.end();
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
  const text = new WrittenText();
  text.write("Hello", " there. ", "And");
  const sounds = streamOf(rig.provider, text, rig.canceled.signal);
  const streamed = await assertRejects(() => Array.fromAsync(sounds), EarshotError);
  text.end();
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
  await streaming({ manner: { stopsAfter: 1 } }, async ({ rig, text, speaking }) => {
    text.write("One sentence. And");
    await inTime(speaking.done, "the end");
    assertEquals(speaking.outcome, "tts.protocol");
    await until(() => rig.emulator?.open === 0, "the connection ends");
  });
});

test("faults in mid-sound of a text that is being written end it, and the text is left", async () => {
  for (const what of ["drop", "hang"] as const) {
    const script = { fault: { what, at: "mid" } } as const;
    await streaming({ script }, async ({ text, speaking, heard, canceled }) => {
      text.write("One sentence. And");
      await heard(30);
      if (what === "hang") canceled.abort();
      await inTime(speaking.done, "the end");
      assertEquals(speaking.outcome, what === "hang" ? "canceled" : "tts.disconnected");
      text.write("late");
      await until(() => text.left, "the text is left");
    });
  }
});

test("nothing of the text and no sound: a text of which the server makes nothing is no error", async () => {
  const script = { fault: { what: "empty" } } as const;
  await streaming({ script }, async ({ rig, text, speaking }) => {
    text.write("One sentence. And");
    text.end();
    await inTime(speaking.done, "the end");
    assertEquals([speaking.outcome, speaking.sounds.length], ["whole", 0]);
    assertEquals(await rig.closedAtService(), "whole");
  });
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
  const text = new WrittenText();
  text.write(TEXT);
  text.end();
  for (const sounds of [voice.speak({ text: TEXT, language: "en" }, signal), streamOf(voice, text, signal)]) {
    const { code, retryable } = await assertRejects(() => Array.fromAsync(sounds), EarshotError);
    assertEquals([code, retryable], ["tts.unreachable", true]);
  }
});

test("with streaming off no text is taken that is being written", async () => {
  await using rig = await TtsRig.open(wyomingVoiceSubject({}, { streaming: "off" }));
  assertEquals(rig.provider.speakStream, undefined);
  assertEquals((await rig.hear(TEXT)).voices, ["wyoming"]);
});
