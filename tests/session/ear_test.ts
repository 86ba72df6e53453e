import { assertEquals, assertLess } from "@std/assert";
import {
  AudioBuffer,
  OggOpusMuxer,
  OpusDecoder,
  OpusEncoder,
  SILENT_OPUS_PACKET,
} from "../../lib/audio/mod.ts";
import { Scope } from "../../lib/lifecycle/mod.ts";
import { createSessionCounters } from "../../lib/session/counters.ts";
import { Ear } from "../../lib/session/ear.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { speechClip, speechMissing } from "../support/speech.ts";
import { test } from "../support/test.ts";

const FRAME_SAMPLES = 960;
const PACKETS = 100;
const EVERY = 5;

/** What an ear hears of speech whose every fifth packet is lost on the way. */
async function hear(packets: readonly Uint8Array[]): Promise<Int16Array[]> {
  const clock = new FakeClock();
  await using scope = new Scope("ear", { clock });
  const heard: Int16Array[] = [];
  const counters = createSessionCounters();
  const ear = new Ear({
    scope,
    buffer: new AudioBuffer({}),
    clock,
    counters,
    decode: true,
    jitterMs: 30,
    onChunk: ({ pcm }) => heard.push(pcm ?? new Int16Array()),
  });
  for (const [index, packet] of packets.entries()) {
    if (index % EVERY !== EVERY - 1) ear.hear(packet, 60 * (index + 1));
    await clock.advance(60);
  }
  ear.flush();
  assertEquals(counters.audioConcealed, PACKETS / EVERY - 1);
  return heard;
}

function encode(fec: boolean): { readonly packets: Uint8Array[]; readonly whole: Int16Array[] } {
  const encoder = new OpusEncoder({ sampleRateHz: 16_000, bitrateBps: 24_000, fec });
  const decoder = new OpusDecoder();
  try {
    const { pcm } = speechClip("jfk.wav");
    const packets = Array.from(
      { length: PACKETS },
      (_, frame) => encoder.encode(pcm.subarray(frame * FRAME_SAMPLES, (frame + 1) * FRAME_SAMPLES)),
    );
    return { packets, whole: packets.map((packet) => decoder.decode(packet)) };
  } finally {
    encoder.close();
    decoder.close();
  }
}

/** The error of what was heard in the places of lost packets, as a share of the sound there. */
async function errorOf(fec: boolean): Promise<number> {
  const { packets, whole } = encode(fec);
  const heard = await hear(packets);
  let [error, power] = [0, 0];
  for (let index = EVERY - 1; index < heard.length; index += EVERY) {
    for (const [at, sample] of (whole[index] ?? new Int16Array()).entries()) {
      error += (sample - (heard[index]?.[at] ?? 0)) ** 2;
      power += sample ** 2;
    }
  }
  return error / power;
}

test("what a lost packet said is taken from the one after it, where the sender put it there", async () => {
  const [recovered, concealed] = [await errorOf(true), await errorOf(false)];
  assertLess(recovered, concealed / 2);
}, { ignore: speechMissing() });

test("a packet that fits into no page of Ogg is not heard, decoded or not", async () => {
  const clock = new FakeClock();
  for (const decode of [true, false]) {
    await using scope = new Scope("ear", { clock });
    const counters = createSessionCounters();
    const muxer = new OggOpusMuxer({ pageMs: 60 });
    const pages: (Uint8Array | undefined)[] = [];
    const ear = new Ear({
      scope,
      buffer: new AudioBuffer({}),
      clock,
      counters,
      decode,
      onChunk: ({ opus, durationMs }) => pages.push(muxer.push(opus, durationMs)),
    });
    ear.hear(new Uint8Array(70_000).fill(SILENT_OPUS_PACKET[0] ?? 0, 0, 1));
    ear.hear(SILENT_OPUS_PACKET);
    assertEquals([counters.audioUndecodable, counters.audioChunks], [1, 1]);
    assertEquals(pages.map((page) => page?.length), [27 + 1 + SILENT_OPUS_PACKET.length]);
  }
});
