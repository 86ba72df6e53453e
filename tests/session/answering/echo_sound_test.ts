import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { OpusEncoder, SILENT_OPUS_PACKET } from "../../../lib/audio/mod.ts";
import { ECHO_SHARE, echoShareOf, isEchoOf } from "../../../lib/session/answering/echo_sound.ts";
import { PlayedSound } from "../../../lib/session/answering/played_sound.ts";
import { HeardSound } from "../../../lib/session/answering/heard_sound.ts";
import { noise } from "../../support/noise.ts";
import { speechClips } from "../../support/speech.ts";
import { test } from "../../support/test.ts";

const HZ = 16_000;
const FRAME_MS = 60;
const FRAME_SAMPLES = HZ * FRAME_MS / 1_000;
/** Where the clock stands when it is played. */
const PLAYED_MS = 5_000;
/** How loud the room is. */
const ROOM = 15;

/** One speaker's parts are too like each other to tell how often somebody else is taken for an echo. */
const SEVERAL = 8;

/** Speech of 3 s each. */
const clips = speechClips().flatMap(({ pcm }) =>
  Array.from(
    { length: Math.floor(pcm.length / (3 * HZ)) },
    (_, at) => pcm.subarray(at * 3 * HZ, (at + 1) * 3 * HZ),
  )
);

/** What a device plays, packet after packet. */
function play(pcm: Int16Array): PlayedSound {
  const encoder = new OpusEncoder({ sampleRateHz: HZ });
  const played = new PlayedSound();
  for (const [index, frame] of framesOf(pcm).entries()) {
    played.frame(encoder.encode(frame), PLAYED_MS + index * FRAME_MS);
  }
  encoder.close();
  return played;
}

/** What its microphone hears from `fromMs` on, each frame somewhat later than the one before. */
function hear(pcm: Int16Array, fromMs: number): HeardSound {
  const heard = new HeardSound();
  const encoder = new OpusEncoder({ sampleRateHz: HZ });
  for (const [seq, frame] of framesOf(pcm).entries()) {
    const receivedMs = fromMs + (seq + 1) * FRAME_MS + (seq % 3) * 15;
    heard.push({ seq, receivedMs, durationMs: FRAME_MS, opus: encoder.encode(frame) });
  }
  encoder.close();
  return heard;
}

function framesOf(pcm: Int16Array): readonly Int16Array[] {
  return Array.from(
    { length: Math.floor(pcm.length / FRAME_SAMPLES) },
    (_, index) => pcm.subarray(index * FRAME_SAMPLES, (index + 1) * FRAME_SAMPLES),
  );
}

function quieter(pcm: Int16Array, db: number): Int16Array {
  return pcm.map((sample) => sample * 10 ** (db / 20));
}

/** Sounds together, in the noise of a room. */
function mix(...sounds: readonly Int16Array[]): Int16Array {
  const length = Math.max(...sounds.map((sound) => sound.length));
  return noise(length, ROOM).map((sample, at) =>
    sounds.reduce((sum, sound) => sum + (sound[at] ?? 0), sample)
  );
}

/** A burst of noise that dies away, from `fromMs` on. */
function burst(fromMs: number, lengthMs: number): Int16Array {
  const sound = new Int16Array((fromMs + lengthMs) * HZ / 1_000);
  const loud = noise(lengthMs * HZ / 1_000, 9_000);
  sound.set(loud.map((sample, at) => sample * Math.exp(-at / (HZ * lengthMs / 3_000))), fromMs * HZ / 1_000);
  return sound;
}

/** How many of all clips, each with the one after it, are so. */
function share(is: (clip: Int16Array, other: Int16Array) => boolean): number {
  const found = clips.filter((clip, index) => is(clip, clips[(index + 1) % clips.length] ?? clip));
  return found.length / clips.length;
}

test("a device's own sound is an echo, however late and faint, and whatever else makes noise", () => {
  assert(clips.length >= 3);
  for (const [lagMs, db] of [[0, -20], [160, -20], [400, -10], [240, -26]] as const) {
    assert(share((clip) => isEcho(clip, mix(quieter(clip, db)), lagMs)) >= 0.9, `${lagMs} ms, ${db} dB`);
  }
  assert(share((clip) => isEcho(clip, mix(quieter(clip, -20), burst(700, 400)), 120)) >= 0.9, "a cough");
});

test("somebody else's words are none, alone or over the device's own sound", () => {
  assert(share((clip, other) => isEcho(clip, mix(quieter(other, -6)), 100)) <= 0.1, "alone");
  assert(share((clip, other) => isEcho(clip, mix(other, quieter(clip, -20)), 100)) <= 0.1, "over it");
}, { ignore: clips.length < SEVERAL });

test("what another device plays for 5 s is an echo, 20 of 20: -20 dB, 100 to 300 ms late; a person over it is none", () => {
  const [first, ...others] = [...clips, ...clips];
  assert(first !== undefined);
  let people = 0;
  for (let trial = 0; trial < 20; trial++) {
    const answer = Int16Array.from(
      [0, 1].flatMap((part) => [...(clips[(trial + part) % clips.length] ?? first).subarray(0, 2.5 * HZ)]),
    );
    using device = new Closing(play(answer));
    const lagMs = 100 + 10 * trial;
    const echo = quieter(answer, -20);
    const share = echoShareOf(hear(mix(echo), PLAYED_MS + lagMs), device.sound, { ofAnother: true }) ?? 0;
    assert(share >= ECHO_SHARE, `trial ${trial}: ${share}`);
    const over = new Int16Array(5 * HZ);
    over.set((others[(trial + 2) % others.length] ?? first).subarray(0, 2 * HZ), HZ);
    const heard = hear(mix(echo, over), PLAYED_MS + lagMs);
    if ((echoShareOf(heard, device.sound, { ofAnother: true }) ?? 0) >= ECHO_SHARE) people++;
  }
  assert(people <= 1, `${people} of 20 people`);
});

test("what was heard while nothing was played is none, nor what is too short to tell", () => {
  const [clip] = clips;
  assert(clip !== undefined);
  using played = new Closing(play(clip));
  assertEquals(isEchoOf(hear(clip, PLAYED_MS + 10_000), played.sound), false);
  assertEquals(isEchoOf(hear(clip.subarray(0, HZ / 4), PLAYED_MS), played.sound), false);
  assertEquals(isEchoOf(new HeardSound(), played.sound), false);
  played.sound.stop(0);
  assertEquals(isEchoOf(hear(clip, PLAYED_MS), played.sound), false);
});

test("only the latest 10 s are kept, whether they were asked for meanwhile or not", () => {
  for (const askedAt of [[], [100], [50, 100, 350]]) {
    const heard = new HeardSound();
    for (let seq = 0; seq < 400; seq++) {
      if (askedAt.includes(seq)) assert(heard.rows.length > 0);
      heard.push({ seq, receivedMs: 60 * (seq + 1), durationMs: 60, opus: SILENT_OPUS_PACKET });
    }
    // Packets are not cut: what is left of 10 s may be one packet less.
    assertAlmostEquals(heard.rows.length, 500, 2);
    assertEquals(heard.fromMs, 24_000 - heard.rows.length * 20);
  }
});

function isEcho(played: Int16Array, heard: Int16Array, lagMs: number): boolean {
  using device = new Closing(play(played));
  return isEchoOf(hear(heard, PLAYED_MS + lagMs), device.sound);
}

class Closing implements Disposable {
  constructor(readonly sound: PlayedSound) {}

  [Symbol.dispose](): void {
    this.sound.close();
  }
}

test("what was played is the same whether it was asked for on the way or not, also where it was stopped", () => {
  const clip = clips[0] ?? new Int16Array(3 * HZ);
  const stoppedMs = PLAYED_MS + 1_010;
  const rowsOf = (askedAt: readonly number[]) => {
    const encoder = new OpusEncoder({ sampleRateHz: HZ });
    using played = new Closing(new PlayedSound());
    for (const [index, frame] of framesOf(clip).entries()) {
      if (askedAt.includes(index)) played.sound.at(PLAYED_MS);
      if (index === 25) played.sound.stop(stoppedMs);
      if (index < 25) played.sound.frame(encoder.encode(frame), PLAYED_MS + index * FRAME_MS);
    }
    encoder.close();
    return Array.from({ length: 120 }, (_, row) => [...played.sound.at(PLAYED_MS + row * 20) ?? []]);
  };
  const rows = rowsOf([]);
  assertEquals(rowsOf([25]), rows);
  assertEquals(rowsOf([5, 12, 24]), rows);
  assertEquals([rows[40]?.some((db) => db > -60), rows[60], rows[110]?.every((db) => db === -100)], [
    true,
    [],
    true,
  ]);
});
