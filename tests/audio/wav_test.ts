import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "../support/fast_check.ts";
import { readWav, readWavAsPcm16, writeWav } from "../../lib/audio/mod.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { test } from "../support/test.ts";

interface Made {
  readonly tag?: number;
  readonly channels?: number;
  readonly rate?: number;
  readonly bits?: number;
  readonly data?: readonly number[];
  readonly dataSize?: number;
  readonly before?: readonly number[];
  readonly extensible?: boolean;
}

/** A WAV with any header, right or wrong. */
function wav(made: Made): Uint8Array {
  const { tag = 1, channels = 1, rate = 16_000, bits = 16, data = [], before = [], extensible = false } =
    made;
  const u16 = (value: number) => [value & 255, value >> 8 & 255];
  const u32 = (value: number) => [...u16(value & 0xffff), ...u16(value >>> 16)];
  const text = (value: string) => [...value].map((letter) => letter.charCodeAt(0));
  const align = channels * bits / 8;
  const format = [...u16(extensible ? 0xfffe : tag), ...u16(channels), ...u32(rate), ...u32(rate * align)];
  format.push(...u16(align), ...u16(bits));
  if (extensible) format.push(...u16(22), ...u16(bits), ...u32(4), ...u16(tag), ...new Array(14).fill(0));
  const body = [...text("WAVE"), ...before, ...text("fmt "), ...u32(format.length), ...format];
  body.push(...text("data"), ...u32(made.dataSize ?? data.length), ...data);
  return Uint8Array.from([...text("RIFF"), ...u32(body.length), ...body]);
}

function refusal(bytes: Uint8Array): string {
  const error = assertThrows(() => readWav(bytes), EarshotError);
  assertEquals(error.code, "audio.invalid_wav");
  return error.message;
}

test("16, 24 and 32 bit PCM and float say the same", () => {
  const half = [0x00, 0x40];
  assertEquals([...readWav(wav({ data: half })).samples], [0.5]);
  assertEquals([...readWav(wav({ bits: 24, data: [0, ...half] })).samples], [0.5]);
  assertEquals([...readWav(wav({ bits: 24, data: [0, 0, 0xc0] })).samples], [-0.5]);
  assertEquals([...readWav(wav({ bits: 32, data: [0, 0, ...half] })).samples], [0.5]);
  assertEquals([...readWav(wav({ tag: 3, bits: 32, data: [0, 0, 0, 0x3f] })).samples], [0.5]);
});

test("stereo is mixed, and the extensible form is read", () => {
  const data = [0x00, 0x40, 0x00, 0x00];
  assertEquals([...readWavAsPcm16(wav({ channels: 2, data }))], [8_192]);
  assertEquals([...readWav(wav({ extensible: true, data: [0x00, 0x40] })).samples], [0.5]);
});

test("chunks of an odd size before the sound are stepped over", () => {
  const odd = [..."LIST"].map((letter) => letter.charCodeAt(0)).concat([3, 0, 0, 0, 1, 2, 3, 0]);
  assertEquals([...readWav(wav({ before: odd, data: [0x00, 0x40] })).samples], [0.5]);
});

test("a streamed WAV holds all that follows, whichever size its program writes", () => {
  for (const dataSize of [0, 0x7fff_f000, 0x8000_0000, 0xffff_ffff]) {
    assertEquals(readWav(wav({ dataSize, data: [0, 0x40, 0, 0x40] })).samples.length, 2);
  }
});

test("what was written is read back", () => {
  const pcm = Int16Array.of(0, 1, -1, 32_767, -32_768);
  const sound = readWav(writeWav(pcm, 24_000));
  assertEquals(sound.sampleRateHz, 24_000);
  assertEquals([...readWavAsPcm16(writeWav(pcm, 16_000))], [...pcm]);
});

test("every rate from 8 to 48 kHz becomes 16 kHz of the same length", () => {
  for (const rate of [8_000, 11_025, 22_050, 24_000, 32_000, 44_100, 48_000]) {
    const seconds = readWavAsPcm16(writeWav(new Int16Array(rate / 5), rate)).length / 16_000;
    assertAlmostEquals(seconds, 0.2, 0.001);
  }
});

test("what is not a WAV is refused with what is wrong and what would be right", () => {
  assertStringIncludes(refusal(new Uint8Array(0)), "it is empty");
  assertStringIncludes(refusal(new TextEncoder().encode("ID3 this is an mp3 file")), "RIFF/WAVE");
  assertStringIncludes(refusal(wav({ tag: 85 })), "its encoding (tag 85) is not supported");
  assertStringIncludes(refusal(wav({ channels: 6 })), "6 channels; 1 or 2");
  assertStringIncludes(refusal(wav({ rate: 96_000 })), "8000 to 48000");
  assertStringIncludes(refusal(wav({ bits: 8 })), "8 bits a sample; 16, 24, 32");
  assertStringIncludes(refusal(wav({ dataSize: 100, data: [1, 2] })), "cut short: it announces 100 bytes");
  assertStringIncludes(refusal(wav({}).subarray(0, 30)), "inside its format description");
  assertStringIncludes(refusal(wav({}).subarray(0, 36)), "no sound");
  assertStringIncludes(refusal(wav({}).subarray(0, 12)), "no format description");
});

test("whatever bytes come: a sound or audio.invalid_wav", () => {
  const valid = wav({ channels: 2, data: Array.from({ length: 40 }, (_, i) => i) });
  const damaged = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 6 }).map((edits) => {
    const bytes = valid.slice();
    for (const [at, value] of edits) bytes[at] = value;
    return bytes;
  });
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 80 })), (bytes) => {
      try {
        assert(readWav(bytes).samples.every(Number.isFinite));
      } catch (thrown) {
        assert(thrown instanceof EarshotError);
        assertEquals(thrown.code, "audio.invalid_wav");
      }
    }),
    { numRuns: 3_000 },
  );
});
