import { assert, assertAlmostEquals, assertEquals, assertStrictEquals } from "@std/assert";
import { OpusDecoder, opusPacketDurationMs } from "../../../lib/audio/mod.ts";
import {
  SENTENCE_FRAME_MS,
  SENTENCE_LANGUAGES,
  SENTENCE_RATE_HZ,
  type SentenceLanguage,
  shippedSentence,
  shippedTexts,
} from "../../../lib/tts/mod.ts";
import { test } from "../../support/test.ts";

/** How long a sentence may take, in ms for each letter or character, with what is silent around it and at its commas. */
const MS_A_SIGN: Readonly<Record<SentenceLanguage, readonly [least: number, most: number]>> = {
  en: [35, 110],
  zh: [130, 340],
};
const SILENCE_MS = 400;
const FRAME = SENTENCE_RATE_HZ / 100;

interface Decoded {
  readonly text: string;
  readonly language: SentenceLanguage;
  readonly packets: readonly Uint8Array[];
  readonly pcm: Int16Array;
}

async function decodeAll(): Promise<readonly Decoded[]> {
  const decoded: Decoded[] = [];
  for (const language of SENTENCE_LANGUAGES) {
    for (const text of shippedTexts(language)) {
      const packets = await shippedSentence(text, language);
      if (packets === undefined) continue; // the first test counts them
      const decoder = new OpusDecoder({ sampleRateHz: SENTENCE_RATE_HZ });
      const pcm = new Int16Array(packets.flatMap((packet) => [...decoder.decode(packet)]));
      decoder.close();
      decoded.push({ text, language, packets, pcm });
    }
  }
  return decoded;
}

/** Loudness of each 10 ms, in dB to full scale. */
function levelsOf(pcm: Int16Array): readonly number[] {
  return Array.from({ length: pcm.length / FRAME }, (_, index) => {
    const frame = pcm.subarray(index * FRAME, (index + 1) * FRAME);
    const power = frame.reduce((sum, sample) => sum + (sample / 32_768) ** 2, 0) / FRAME;
    return 10 * Math.log10(Math.max(power, 1e-10));
  });
}

const ALL = await decodeAll();

test("every sentence that ships is found by its text", () => {
  const texts = SENTENCE_LANGUAGES.flatMap((language) => shippedTexts(language));
  assertEquals(ALL.map(({ text }) => text), texts);
});

test("each packet is one frame of 60 ms, mono", () => {
  for (const { text, packets } of ALL) {
    for (const packet of packets) {
      assertEquals(opusPacketDurationMs(packet), SENTENCE_FRAME_MS, text);
      // The stereo flag of the first byte (RFC 6716, section 3.1).
      assertEquals((packet[0] ?? 0) & 4, 0, text);
    }
  }
});

test("every sentence is as loud as everything that is spoken, and nothing clips", () => {
  for (const { text, pcm } of ALL) {
    const levels = levelsOf(pcm);
    const voiced = levels.filter((level) => level > Math.max(...levels) - 30);
    const power = voiced.reduce((sum, level) => sum + 10 ** (level / 10), 0) / voiced.length;
    assertAlmostEquals(10 * Math.log10(power), -18, 2, text);
    const peak = pcm.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    assert(peak < 32_700, `${text} clips`);
  }
});

test("every sentence begins within 150 ms, ends with little silence, and takes as long as speech does", () => {
  for (const { text, language, pcm } of ALL) {
    const levels = levelsOf(pcm);
    const first = levels.findIndex((level) => level > -45) * 10;
    const last = levels.findLastIndex((level) => level > -45) * 10;
    assert(first < 150, `${text} begins after ${first} ms`);
    assert(levels.length * 10 - last < 350, `${text} ends ${levels.length * 10 - last} ms before its file`);
    const signs = text.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
    const [least, most] = MS_A_SIGN[language];
    assert(last - first > signs * least, `${text} takes ${last - first} ms only`);
    assert(last - first < signs * most + SILENCE_MS, `${text} takes ${last - first} ms`);
  }
});

test("a sentence is read once, and shared", async () => {
  const [first, again] = await Promise.all([1, 2].map(() => shippedSentence("Let me think.", "en")));
  assert(first !== undefined);
  assertStrictEquals(first, again);
});

test("no other text has a file, nor has a sentence in another language", async () => {
  assertEquals(await shippedSentence("let me think", "en"), undefined);
  assertEquals(await shippedSentence("Let me think.", "zh"), undefined);
  assertEquals(await shippedSentence("../NOTICE", "en"), undefined);
});
