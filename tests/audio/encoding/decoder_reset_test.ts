import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { decoderReset } from "../../../lib/audio/encoding/decoder_reset.ts";
import { OpusDecoder, opusPacketDurationMs, resample, toFloat32, toPcm16 } from "../../../lib/audio/mod.ts";
import { OPUS_MANNERS, opusPackets } from "../../support/opus_streams.ts";
import { JFK, speechClip, speechMissing } from "../../support/speech.ts";
import { test } from "../../support/test.ts";

const ignore = speechMissing();
/** Speech where it is loud. */
const LOUD_AT = 43_200;
/** In which a decoder leads over from what came before, in samples. */
const LEAD_SAMPLES = 240;

function decoded(packets: readonly Uint8Array[]): readonly Int16Array[] {
  const decoder = new OpusDecoder({ sampleRateHz: 24_000 });
  const pcm = packets.map((packet) => decoder.decode(packet));
  decoder.close();
  return pcm;
}

const flat = (parts: readonly Int16Array[]) => parts.flatMap((part) => [...part]);
const peak = (samples: readonly number[]) =>
  samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
const differences = (one: readonly number[], other: readonly number[]) =>
  one.map((sample, index) => sample - (other[index] ?? 0));
/** How sharp the sharpest corner is: what is heard as a click. */
const corner = (samples: readonly number[]) =>
  peak(samples.slice(2).map((sample, at) => sample - 2 * (samples[at + 1] ?? 0) + (samples[at] ?? 0)));

for (const frameMs of [20, 40, 60]) {
  test(`after a reset packet of ${frameMs} ms each stream sounds as by itself, whatever came before`, () => {
    const speech = toPcm16(resample(toFloat32(speechClip(JFK).pcm), 16_000, 24_000));
    let worst = 0;
    for (const before of Object.values(OPUS_MANNERS)) {
      // It breaks off in the middle of a word.
      const first = opusPackets(speech.subarray(0, LOUD_AT), { ...before, frameMs });
      for (const [name, after] of Object.entries(OPUS_MANNERS)) {
        for (const from of [0, LOUD_AT]) {
          const second = opusPackets(speech.subarray(from, from + 24_000), { ...after, frameMs });
          const [begin = new Uint8Array(0)] = second;
          const reset = decoderReset(begin, frameMs);
          assert(reset !== undefined);
          assertEquals(opusPacketDurationMs(reset), frameMs);
          const alone = flat(decoded(second));
          const bare = flat(decoded([...first, ...second]).slice(first.length));
          const whole = decoded([...first, reset, ...second]);
          const joined = flat(whole.slice(first.length + 1));
          const rest = differences(joined, alone).slice(LEAD_SAMPLES);
          assertLess(peak(rest), 1_200, `${name} after another`);
          worst = Math.max(worst, peak(differences(bare, alone)));
          // The silence between them begins and ends without a corner that is sharper than those of speech.
          const seam = flat(whole.slice(first.length - 2, first.length + 2));
          assertLess(corner(seam), 1.3 * Math.max(corner(flat(whole.slice(0, first.length))), corner(alone)));
          assertLess(peak([...whole[first.length] ?? []].slice(LEAD_SAMPLES)), 40);
        }
      }
    }
    // Without it, a loud end and the predictions of the next encoder make a bang.
    assertGreater(worst, 10_000);
  }, { ignore });
}

test("other durations have none", () => {
  for (const ms of [5, 10, 80, 100, 120]) assertEquals(decoderReset(Uint8Array.of(88), ms), undefined);
});
