import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import { oggChecksum } from "../../../lib/audio/ogg_checksum.ts";
import { joinPcm, OpusDecoder, readStreamedSound } from "../../../lib/audio/mod.ts";
import fc from "../../support/fast_check.ts";
import { tone } from "../../support/levels.ts";
import { noise } from "../../support/noise.ts";
import { oggOf, OPUS_MANNERS, type OpusManner, opusPackets } from "../../support/opus_streams.ts";
import { assertSameSound } from "../../support/same_sound.ts";
import { joinBytes } from "../../support/sound_files.ts";
import { test } from "../../support/test.ts";

const HZ = 24_000;

/** A voice that rises and falls, with a pause that DTX is for. */
function humming(ms: number): Int16Array<ArrayBuffer> {
  const sound = tone(HZ * ms / 1_000, { sampleRateHz: HZ, hz: 180 });
  const hiss = noise(sound.length, 300);
  return sound.map((sample, at) => Math.floor(at / HZ * 2) % 2 === 1 ? 0 : sample + (hiss[at] ?? 0));
}

async function* cut(bytes: Uint8Array, sizeBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += sizeBytes) {
    yield await Promise.resolve(bytes.subarray(at, at + sizeBytes));
  }
}

/** What is read, the packets taken of the sounds that `takes` names, in the place of their samples. */
async function read(ogg: Uint8Array, takes: (index: number) => boolean, sizeBytes = 4_096) {
  const packets: Uint8Array[] = [];
  const pcm: Int16Array[] = [];
  const begins: boolean[] = [];
  let durationMs = 0;
  let index = 0;
  for await (const sound of readStreamedSound(cut(ogg, sizeBytes), { opusRateHz: HZ })) {
    const taken = takes(index++) ? sound.opus?.take() : undefined;
    if (taken === undefined) pcm.push(sound.pcm.slice());
    else {
      packets.push(...taken);
      begins.push(sound.opus?.begins ?? false);
      durationMs += sound.opus?.durationMs ?? 0;
    }
  }
  return { packets, pcm: joinPcm(pcm), begins, durationMs, sounds: index };
}

function decoded(packets: readonly Uint8Array[]): Int16Array {
  const decoder = new OpusDecoder({ sampleRateHz: HZ });
  const pcm = joinPcm(packets.map((packet) => decoder.decode(packet)));
  decoder.close();
  return pcm;
}

/** The last page says that the stream ends so many samples of 48 kHz after its beginning. */
function endingAt(ogg: Uint8Array, granule: number): Uint8Array {
  const changed = ogg.slice();
  const at = new TextDecoder("latin1").decode(changed).lastIndexOf("OggS");
  const page = new DataView(changed.buffer, at);
  page.setUint32(6, granule, true);
  page.setUint32(22, 0);
  page.setUint32(22, oggChecksum(changed.subarray(at)), true);
  return changed;
}

test("any Ogg Opus gives a device the same sound, taken as it is or decoded", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<OpusManner>(...Object.values(OPUS_MANNERS)),
      fc.constantFrom(10, 20, 40, 60),
      fc.integer({ min: 1, max: 700 }),
      fc.integer({ min: 0, max: 480 }),
      fc.integer({ min: 1, max: 5_000 }),
      async (manner, frameMs, pageMs, preSkip, sizeBytes) => {
        const ogg = oggOf(opusPackets(humming(900), { ...manner, frameMs }), {
          frameMs,
          pageMs,
          head: { preSkip: 2 * preSkip },
        });
        const passed = await read(ogg, () => true, sizeBytes);
        const plain = await read(ogg, () => false, sizeBytes);
        // Where the first page has nothing but what is to be left out, nothing can be taken.
        if (passed.begins.length === 0) return assertSameSound([passed.pcm], [plain.pcm]);
        assertSameSound([decoded(passed.packets).subarray(preSkip)], [plain.pcm]);
        assertEquals(passed.begins, passed.begins.map((_, index) => index === 0));
        assertEquals(Math.round(passed.durationMs * HZ / 1_000), plain.pcm.length + preSkip);
      },
    ),
    { numRuns: 60 },
  );
});

test("who takes some packets, and then samples, gets the rest as if all was decoded", async () => {
  for (const manner of Object.values(OPUS_MANNERS)) {
    const ogg = oggOf(opusPackets(humming(1_800), manner), { pageMs: 180 });
    // In bytes of which no two pages are at hand at once.
    const { packets, pcm } = await read(ogg, (index) => index < 3, 40);
    const all = (await read(ogg, () => false)).pcm;
    const rest = all.subarray(all.length - pcm.length);
    assertEquals(packets.length, 9);
    const differs = rest.map((sample, at) => Math.abs(sample - (pcm[at] ?? 0)));
    assertLess(differs.reduce((most, one) => Math.max(most, one), 0), 600);
  }
});

test("what has come passes at once behind the first page that was taken, and page by page where none was", async () => {
  const ogg = oggOf(opusPackets(humming(1_800)), { pageMs: 180 });
  const sounds = async (takes: (index: number) => boolean, sizeBytes: number) =>
    (await read(ogg, takes, sizeBytes)).sounds;
  assertEquals(await sounds(() => true, ogg.length), 2);
  assertEquals(await sounds(() => true, 40), 10);
  assertEquals(await sounds(() => false, ogg.length), 10);
  // The last page has two packets then, of which one is beyond the end.
  const cut = endingAt(oggOf(opusPackets(humming(1_740)), { pageMs: 180 }), 1_650 * 48);
  for (const sizeBytes of [cut.length, 40]) {
    assertEquals((await read(cut, () => true, sizeBytes)).packets.length, 28);
  }
});

test("what comes at once is bounded", async () => {
  const ogg = oggOf(opusPackets(humming(12_000)), { pageMs: 180 });
  const { sounds, packets } = await read(ogg, () => true, ogg.length);
  assertEquals([sounds, packets.length], [4, 200]);
});

test("a packet that a stream leaves out at its end is none that is taken", async () => {
  const packets = opusPackets(humming(600));
  const one = oggOf(packets, { pageMs: 10_000 });
  // All packets are on the last page then, of which two are beyond the end.
  const [heads, body] = [one.subarray(0, one.length - lastPage(one).length), lastPage(one)];
  const taken = await read(endingAt(joinBytes([heads, body]), 7.5 * 60 * 48), () => true);
  assertEquals(taken.packets.length, 8);
});

function lastPage(ogg: Uint8Array): Uint8Array {
  return ogg.subarray(new TextDecoder("latin1").decode(ogg).lastIndexOf("OggS"));
}

test("stereo, gain, a long start, and what comes after damage are decoded", async () => {
  const packets = opusPackets(humming(900));
  const stereo = opusPackets(humming(900), { channels: 2 });
  const whole = oggOf(packets);
  const damaged = whole.slice();
  damaged.fill(0, whole.length / 2, whole.length / 2 + 2);
  for (
    const [ogg, most] of [
      [oggOf(stereo, { head: { channels: 2 } }), 0],
      [oggOf(stereo), 0],
      [oggOf(packets, { head: { gain: 256 } }), 0],
      [oggOf(packets, { head: { preSkip: 3_840 } }), 0],
      [damaged, packets.length / 2],
    ] as const
  ) {
    const taken = await read(ogg, () => true);
    assert(taken.packets.length <= most && taken.pcm.length > 0, `${taken.packets.length} packets`);
  }
});

test("another stream in the same file begins anew", async () => {
  const packets = opusPackets(humming(360));
  const { begins } = await read(joinBytes([oggOf(packets), oggOf(packets, { serial: 2 })]), () => true);
  assertEquals(begins.filter((begin) => begin).length, 2);
});

test("packets can be taken until the next sound is asked for, samples only where they were not", async () => {
  const sounds = readStreamedSound(cut(oggOf(opusPackets(humming(900))), 100), { opusRateHz: HZ });
  const { value: first } = await sounds.next();
  assert(first?.opus?.take() !== undefined);
  assertEquals(first.opus.take(), undefined);
  assertThrows(() => first.pcm, TypeError);
  const { value: second } = await sounds.next();
  const { value: third } = await sounds.next();
  assert(second && third);
  assertEquals([second.opus?.take(), second.pcm.length > 0, third.opus], [undefined, true, undefined]);
  await sounds.return();
});
