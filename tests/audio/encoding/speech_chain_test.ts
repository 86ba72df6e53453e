import { assert, assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { OpusDecoder, opusPacketDurationMs, SPEECH_FRAME_DURATIONS_MS } from "../../../lib/audio/mod.ts";
import { SpeechChain } from "../../../lib/audio/encoding/speech_chain.ts";
import { libopus } from "../../../lib/audio/libopus.ts";
import { peakDb, rmsDb, tone } from "../../support/levels.ts";
import { test } from "../../support/test.ts";

const RATES_HZ = [8_000, 16_000, 22_050, 24_000, 44_100, 48_000];
const OUT_HZ = 24_000;
/** How late a decoder is, in samples: 6.5 ms. */
const DECODER_DELAY = 156;

function chain(frameDurationMs = 60) {
  const opened = new SpeechChain({ frameDurationMs, bitrateBps: 32_000, complexity: 5 });
  return Object.assign(opened, { [Symbol.dispose]: () => opened.close() });
}

/** A voice that is known to be so loud. */
function knownAt(db: number) {
  return { known: { db, durationMs: 3_000 } };
}

function decoded(packets: readonly Uint8Array[]): Int16Array {
  const decoder = new OpusDecoder({ sampleRateHz: OUT_HZ });
  try {
    return Int16Array.from(packets.flatMap((packet) => [...decoder.decode(packet)]));
  } finally {
    decoder.close();
  }
}

/** The largest step from one sample to the next. */
function largestStep(pcm: Int16Array): number {
  return pcm.reduce((most, value, index) => Math.max(most, Math.abs(value - (pcm[index - 1] ?? value))), 0);
}

/** The frequency of a tone, by how often it crosses zero. */
function frequencyHz(pcm: Int16Array): number {
  const crossings = pcm.filter((value, index) => (value < 0) !== ((pcm[index - 1] ?? value) < 0)).length;
  return crossings / 2 / (pcm.length / OUT_HZ);
}

/** Every 20 ms of the tone, without its ends. */
function windowsDb(pcm: Int16Array, lengthS: number): number[] {
  const windows = [];
  for (let at = 0.05 * OUT_HZ; at + 480 < (lengthS - 0.02) * OUT_HZ; at += 480) {
    windows.push(rmsDb(pcm.subarray(at, at + 480)));
  }
  return windows;
}

for (const sampleRateHz of RATES_HZ) {
  test(`a tone of ${sampleRateHz} Hz in five pieces goes on without a gap, a step or a click`, () => {
    using speech = chain();
    const packets: Uint8Array[] = [];
    let from = 0;
    for (const seconds of [0.617, 0.401, 0.333, 0.0502, 0.721]) {
      const samples = Math.round(seconds * sampleRateHz);
      const pcm = tone(samples, { sampleRateHz, from });
      from += samples;
      speech.begin(knownAt(rmsDb(pcm)));
      for (let at = 0; at < samples; at += 1_000) {
        packets.push(...speech.push(pcm.subarray(at, at + 1_000), sampleRateHz));
      }
      const end = speech.end();
      packets.push(...end.packets);
      assertEquals(end.aligned, false);
    }
    packets.push(...speech.finish());
    const lengthS = from / sampleRateHz;
    assertEquals(packets.length, Math.ceil(lengthS / 0.06));
    const heard = decoded(packets);
    const windows = windowsDb(heard, lengthS);
    assertAlmostEquals(rmsDb(heard.subarray(2_400, (lengthS - 0.02) * OUT_HZ)), -18, 1);
    assertLess(Math.max(...windows) - Math.min(...windows), 2);
    const sound = heard.subarray(1_200, lengthS * OUT_HZ);
    const steepest = 2 * Math.PI * 440 / OUT_HZ * 32_768 * 10 ** (peakDb(sound) / 20);
    assertLess(largestStep(sound), 1.25 * steepest);
    assertAlmostEquals(frequencyHz(sound), 440, 5);
    // The end: 5 ms of fading, then silence.
    assert(rmsDb(heard.subarray(Math.ceil((lengthS + 0.015) * OUT_HZ))) < -40);
  });
}

test("pieces of any rates come in order, each as long as it was, and what is between them is no click", () => {
  using speech = chain();
  const packets: Uint8Array[] = [];
  const pieces = RATES_HZ.map((sampleRateHz, index) => ({ sampleRateHz, hz: 300 + 100 * index }));
  for (const { sampleRateHz, hz } of pieces) {
    const pcm = tone(Math.round(0.5 * sampleRateHz), { sampleRateHz, hz });
    speech.begin(knownAt(rmsDb(pcm)));
    packets.push(...speech.push(pcm, sampleRateHz), ...speech.end().packets);
  }
  packets.push(...speech.finish());
  const heard = decoded(packets);
  assertAlmostEquals(heard.length / OUT_HZ, 3, 0.061);
  for (const [index, { hz }] of pieces.entries()) {
    const from = DECODER_DELAY + (0.5 * index + 0.05) * OUT_HZ;
    assertAlmostEquals(frequencyHz(heard.subarray(from, from + 0.4 * OUT_HZ)), hz, 8);
  }
  const steepest = 2 * Math.PI * 800 / OUT_HZ * 32_768 * 10 ** (-15 / 20);
  assertLess(largestStep(heard), 1.25 * steepest);
});

test("a rate that changes within a piece changes nothing else", () => {
  using speech = chain();
  speech.begin();
  const packets: Uint8Array[] = [];
  for (const sampleRateHz of [16_000, 24_000, 16_000, 48_000]) {
    packets.push(...speech.push(tone(0.5 * sampleRateHz, { sampleRateHz }), sampleRateHz));
  }
  packets.push(...speech.end().packets, ...speech.finish());
  const heard = decoded(packets);
  assertAlmostEquals(heard.length / OUT_HZ, 2, 0.061);
  assertAlmostEquals(frequencyHz(heard.subarray(1_200, 1.9 * OUT_HZ)), 440, 8);
  assertAlmostEquals(rmsDb(heard.subarray(2_400, 1.9 * OUT_HZ)), -18, 1.5);
});

for (const frameDurationMs of SPEECH_FRAME_DURATIONS_MS) {
  test(`packets of ${frameDurationMs} ms, all of them`, () => {
    using speech = chain(frameDurationMs);
    speech.begin();
    const packets = [...speech.push(tone(16_200, { sampleRateHz: 16_000 }), 16_000), ...speech.end().packets];
    packets.push(...speech.finish());
    assertEquals([...new Set(packets.map((packet) => opusPacketDurationMs(packet)))], [frameDurationMs]);
    const soundMs = 16_200 / 16;
    assertEquals(packets.length, Math.ceil(soundMs / frameDurationMs));
    assertAlmostEquals(frequencyHz(decoded(packets).subarray(1_200, soundMs * 24 - 1_200)), 440, 5);
  });
}

test("sound that comes sample by sample is as long and as loud as sound at once", () => {
  for (const sampleRateHz of [22_050, 24_000]) {
    const pcm = tone(sampleRateHz, { sampleRateHz });
    using speech = chain();
    speech.begin();
    const packets: Uint8Array[] = [];
    for (let at = 0; at < pcm.length; at++) {
      packets.push(...speech.push(pcm.subarray(at, at + 1), sampleRateHz));
    }
    packets.push(...speech.end().packets, ...speech.finish());
    assertEquals(packets.length, 17);
    assertAlmostEquals(rmsDb(decoded(packets).subarray(2_400, 0.95 * OUT_HZ)), -18, 2);
  }
});

test("a piece that ends silently has packets of its own, any other shares one with the next", () => {
  using speech = chain();
  const voice = knownAt(-15);
  const say = (pcm: Int16Array) => {
    speech.begin(voice);
    const packets = [...speech.push(pcm, 16_000)];
    const { aligned, packets: last } = speech.end();
    return { aligned, packets: [...packets, ...last] };
  };
  const silent = new Int16Array(8_000);
  silent.set(tone(7_840, { sampleRateHz: 16_000 })); // 490 ms, and 10 ms of silence
  const first = say(silent);
  assertEquals([first.aligned, first.packets.length], [true, 9]);
  const cut = say(tone(8_000, { sampleRateHz: 16_000 }));
  assertEquals([cut.aligned, cut.packets.length], [false, 8]);
  const after = say(silent);
  assertEquals([after.aligned, after.packets.length], [false, 9]); // 60 + 500 - 480 ms were there
  assertEquals(say(silent).aligned, true);
  say(tone(8_000, { sampleRateHz: 16_000 }));
  assertEquals(speech.finish().length, 1);
  assertEquals(say(silent).aligned, true);
  // Alone, and twice, it sounds the same.
  const alone = decoded(first.packets);
  assertAlmostEquals(rmsDb(alone.subarray(1_200, 0.48 * OUT_HZ)), -18, 1);
});

test("a piece of nothing gives nothing, and digital silence stays silent", () => {
  using speech = chain();
  speech.begin();
  assertEquals(speech.end(), { packets: [], aligned: true, voiced: undefined });
  assertEquals(speech.finish(), []);
  speech.begin(knownAt(-40));
  const packets = [...speech.push(new Int16Array(24_000), 24_000), ...speech.end().packets];
  assertEquals(packets.length, 17);
  assertLess(Math.abs(peakDb(decoded(packets))), Infinity);
  assertLess(peakDb(decoded(packets)), -80);
});

test("a piece that begins at full scale and is cut off there has no click", () => {
  using speech = chain();
  const pcm = tone(16_000, { sampleRateHz: 16_000, hz: 200, amplitude: 30_000, from: 20 });
  speech.begin(knownAt(rmsDb(pcm)));
  const packets = [...speech.push(pcm, 16_000), ...speech.end().packets, ...speech.finish()];
  const heard = decoded(packets);
  // Within the 5 ms that lead over, it may be a little steeper than the tone.
  const steepest = (2 * Math.PI * 200 + Math.PI / 2 / 0.005) / OUT_HZ * 32_768 * 10 ** (-15 / 20);
  assertLess(largestStep(heard), 1.25 * steepest);
});

test("ready packets come in another duration, between pieces, and as long as they were", () => {
  using made = chain(60);
  made.begin();
  const ready = [...made.push(tone(24_000, { sampleRateHz: 24_000 }), 24_000), ...made.end().packets];
  ready.push(...made.finish());
  for (const frameDurationMs of [5, 20, 60, 100]) {
    using speech = chain(frameDurationMs);
    speech.begin(knownAt(-15));
    const before = [
      ...speech.push(tone(2_000, { sampleRateHz: 16_000, hz: 700 }), 16_000),
      ...speech.end().packets,
    ];
    const packets = [
      ...before,
      ...speech.transcode(ready.slice(0, 5), false),
      ...speech.transcode(ready.slice(5), true),
    ];
    assert(packets.every((packet) => opusPacketDurationMs(packet) === frameDurationMs));
    const beforeMs = Math.ceil(125 / frameDurationMs) * frameDurationMs;
    const count = beforeMs / frameDurationMs + Math.ceil(ready.length * 60 / frameDurationMs);
    assertEquals(packets.length, count);
    const heard = decoded(packets);
    const from = (beforeMs + 60) * 24;
    assertAlmostEquals(frequencyHz(heard.subarray(from, from + 0.85 * OUT_HZ)), 440, 5);
    assertAlmostEquals(rmsDb(heard.subarray(from, from + 0.85 * OUT_HZ)), -18, 1.5);
    speech.begin();
    assertEquals(speech.end().aligned, true);
  }
});

test("chains that were closed, in whatever state, leave nothing in libopus", () => {
  const use = () => {
    const speech = chain();
    speech.begin(knownAt(-20));
    speech.push(tone(100, { sampleRateHz: 16_000 }), 16_000);
    speech.end();
    speech.transcode([], false);
    speech.close();
    speech.close();
  };
  use();
  const beforeBytes = libopus().memoryBytes;
  for (let count = 0; count < 1_000; count++) use();
  assertEquals(libopus().memoryBytes, beforeBytes);
});
