import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { readSound } from "../../../lib/audio/mod.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import fc from "../../support/fast_check.ts";
import { inPieces, joinBytes, type WaveEncoding, waveFile } from "../../support/sound_files.ts";
import { test } from "../../support/test.ts";

const ENCODINGS: readonly WaveEncoding[] = ["u8", "s16", "s24", "s32", "f32", "f64", "aLaw", "muLaw"];
const CONTAINERS = ["RIFF", "RIFX", "RF64", "W64"] as const;

/** What was read of a file, and what was said about it. */
interface Read {
  readonly pcm: Int16Array;
  readonly remarks: readonly string[];
}

async function read(bytes: Uint8Array, size?: number): Promise<Read> {
  const remarks: string[] = [];
  const pieces = await Array.fromAsync(
    readSound(inPieces(bytes, size), { file: "a.wav", remark: (remark) => remarks.push(remark) }),
  );
  return { pcm: Int16Array.from(pieces.flatMap((piece) => [...piece])), remarks };
}

async function refusal(bytes: Uint8Array): Promise<string> {
  const error = await assertRejects(() => read(bytes), EarshotError);
  assertEquals(error.code, "audio.invalid_wav");
  return error.message;
}

/** A tone that fades in, so that every place of it is told from every other. */
function tone(samples: number, rateHz = 16_000): Float32Array {
  return Float32Array.from(
    { length: samples },
    (_, i) => Math.sin(2 * Math.PI * 440 * i / rateHz) * 0.6 * (i + 1) / samples,
  );
}

function worstDifference(left: Int16Array, right: Int16Array): number {
  assertEquals(left.length, right.length);
  return left.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (right[i] ?? 0))), 0);
}

const TONE = tone(3_200);
const EXPECTED = Int16Array.from(TONE, (value) => Math.round(value * 32_768));
const REMARK: readonly (readonly [string, Uint8Array])[] = [["LIST", new Uint8Array(9).fill(65)]];

test("every encoding in every container says the same", async () => {
  for (const container of CONTAINERS) {
    for (const encoding of ENCODINGS) {
      for (const extensible of [false, true]) {
        const bytes = waveFile({
          channels: [TONE],
          container,
          encoding,
          extensible,
          before: REMARK,
          behind: REMARK,
        });
        const { pcm, remarks } = await read(bytes, 1_000);
        const name = `${container} ${encoding} ${extensible}`;
        const most = { u8: 130, aLaw: 520, muLaw: 520 }[encoding as string] ?? 1;
        assert(worstDifference(pcm, EXPECTED) <= most, `${name}: ${worstDifference(pcm, EXPECTED)}`);
        assertEquals(remarks, [], name);
      }
    }
  }
});

test("any number of channels is mixed, and those without sound do not make it quieter", async () => {
  for (const count of [1, 2, 3, 6, 8, 32]) {
    const alike = await read(waveFile({ channels: new Array(count).fill(TONE) }));
    assert(worstDifference(alike.pcm, EXPECTED) <= 1, `${count}`);
    const silent = new Float32Array(TONE.length);
    const last = await read(waveFile({ channels: [...new Array(count - 1).fill(silent), TONE] }));
    assert(worstDifference(last.pcm, EXPECTED) <= 1, `${count}`);
    assertEquals([alike.remarks, last.remarks], [[], []]);
  }
});

test("every rate from 1 to 768 kHz becomes 16 kHz of the same length", async () => {
  for (
    const rateHz of [1_000, 8_000, 11_025, 22_050, 22_254, 44_100, 48_000, 88_200, 96_000, 192_000, 768_000]
  ) {
    const { pcm } = await read(waveFile({ channels: [tone(rateHz / 5, rateHz)], rateHz }));
    assert(Math.abs(pcm.length - 3_200) <= 16, `${rateHz} Hz: ${pcm.length}`);
  }
});

test("sides that cancel are told from sides that do not: one of them is taken, and one line said", async () => {
  const upsideDown = TONE.map((value) => -value);
  const both = await read(waveFile({ channels: [TONE, upsideDown] }), 999);
  assert(worstDifference(both.pcm, EXPECTED) <= 1);
  assertEquals(both.remarks.length, 1);
  assertStringIncludes(both.remarks[0] ?? "", "the left one");
  const softer = await read(waveFile({ channels: [upsideDown.map((value) => value * 0.7), TONE] }));
  assert(worstDifference(softer.pcm, EXPECTED) <= 1);
  assertStringIncludes(softer.remarks[0] ?? "", "the right one");
  const other = TONE.map((_, i) => Math.sin(i * 0.3) * 0.4);
  assertEquals((await read(waveFile({ channels: [TONE, other] }))).remarks, []);
  const offset = await read(
    waveFile({ channels: [TONE.map((value) => value + 0.2), upsideDown.map((value) => value + 0.2)] }),
  );
  assertEquals(offset.remarks.length, 1);
  // Noise of each microphone's own is no sign of anything; the voice that both have upside down is.
  const noisy = (sound: Float32Array, step: number) =>
    sound.map((value, i) => value + Math.sin(i * i * step) * 0.001);
  const silence = new Float32Array(1_600);
  const left = Float32Array.of(...noisy(silence, 0.1), ...noisy(TONE, 0.3));
  const right = Float32Array.of(...noisy(silence, 0.7), ...noisy(upsideDown, 0.9));
  const voice = await read(waveFile({ channels: [left, right] }));
  const loudest = (pcm: Int16Array) => pcm.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  assert(loudest(voice.pcm) > loudest(EXPECTED) * 0.95);
  assertEquals(voice.remarks.length, 1);
});

test("two who speak on one side each are both heard, also after sides that canceled", async () => {
  const silence = new Float32Array(TONE.length);
  const left = Float32Array.of(...TONE, ...TONE, ...silence);
  const right = Float32Array.of(...TONE.map((value) => -value), ...silence, ...TONE);
  const { pcm } = await read(waveFile({ channels: [left, right] }));
  for (const at of [0, 1, 2]) {
    const part = pcm.subarray((at + 0.8) * TONE.length, (at + 1) * TONE.length);
    assert(part.reduce((most, value) => Math.max(most, Math.abs(value)), 0) > 8_000, `part ${at}`);
  }
});

test("floats on the scale of integers are scaled, and one line says so", async () => {
  for (const [bits, encoding] of [[16, "f32"], [16, "f64"], [24, "f32"], [32, "f64"]] as const) {
    // A second of silence and of the least noise first: it is on either scale.
    const noise = Array.from({ length: 16_000 }, (_, i) => i < 8_000 ? 0 : (i * 7 % 3) - 1);
    const channels = [[...noise, ...TONE.map((value) => Math.round(value * 2 ** (bits - 1)))]];
    const { pcm, remarks } = await read(waveFile({ channels, encoding }), 1_000);
    assert(worstDifference(pcm.subarray(16_000), EXPECTED) <= 1, `${bits}`);
    assert(pcm.subarray(0, 15_000).every((value) => Math.abs(value) <= 1), `${bits}`);
    assertEquals(remarks.length, 1);
    assertStringIncludes(remarks[0] ?? "", `${bits} bit`);
  }
});

test("floats of -1 to 1 stay as they are, with single peaks above and with sound that is too loud", async () => {
  const peaks = TONE.map((value, i) => i % 500 === 3 ? 30_000 : value);
  const { pcm, remarks } = await read(waveFile({ channels: [peaks], encoding: "f32" }), 100);
  assert(pcm.every((value, i) => i % 500 === 3 || Math.abs(value - (EXPECTED[i] ?? 0)) <= 1));
  const loud = await read(waveFile({ channels: [TONE.map((value) => value * 4)], encoding: "f32" }));
  assertEquals([remarks, loud.remarks, loud.pcm.includes(32_767)], [[], [], true]);
  const broken = TONE.map((value, i) => i % 2 === 0 ? value : [NaN, Infinity, -Infinity][i % 3] ?? 0);
  const { pcm: mended } = await read(waveFile({ channels: [broken], encoding: "f64" }));
  assert(mended.every((value, i) => i % 2 === 0 || value === 0));
});

test("a size that its program did not know means all that follows", async () => {
  for (const dataBytes of [0, 0x7fff_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_0000, 0xffff_ffff]) {
    const { pcm, remarks } = await read(waveFile({ channels: [TONE], dataBytes }));
    assertEquals([pcm, remarks], [EXPECTED, []], `${dataBytes}`);
  }
  for (const container of ["RIFX", "W64"] as const) {
    assertEquals((await read(waveFile({ channels: [TONE], container, dataBytes: 0 }))).pcm, EXPECTED);
  }
  const empty = await read(waveFile({ channels: [[]], behind: REMARK }));
  assertEquals([empty.pcm.length, empty.remarks], [0, []]);
});

test("a size that counts the header too is no loss, and a wrong one is said in one line", async () => {
  const bytes = TONE.length * 2;
  const header = await read(waveFile({ channels: [TONE], dataBytes: bytes + 44 }));
  assertEquals([header.pcm, header.remarks], [EXPECTED, []]);
  const whole = await read(waveFile({ channels: [TONE], dataBytes: bytes * 2 }));
  assertEquals([whole.pcm, whole.remarks], [EXPECTED, [
    "it is cut short: its header says 0.2 s more than there are",
  ]]);
  const small = await read(waveFile({ channels: [TONE], dataBytes: 2_000 }));
  assertEquals(small.pcm, EXPECTED);
  assertEquals(small.remarks, ["it has more sound than its header says: all of it is read"]);
  const second = waveFile({ channels: [TONE] });
  const { pcm, remarks } = await read(joinBytes([second, second]));
  assertEquals([pcm, remarks], [EXPECTED, ["another WAV follows in the same file: it is not read"]]);
});

test("sound in several chunks is one sound, whatever lies between them", async () => {
  for (const container of CONTAINERS) {
    const second = waveFile({ channels: [TONE.subarray(1_600)], container }).slice(-3_200);
    for (const between of [[], REMARK, [["junk", new Uint8Array(70_001)] as const]]) {
      const behind = [...between, ["data", second] as const, ...REMARK];
      const { pcm, remarks } = await read(
        waveFile({ channels: [TONE.subarray(0, 1_600)], container, behind }),
      );
      assertEquals([pcm, remarks], [EXPECTED, []], container);
    }
  }
  const data = new Uint8Array(EXPECTED.buffer);
  const empty = await read(waveFile({ channels: [[]], behind: [["data", data]] }));
  assertEquals([empty.pcm, empty.remarks], [EXPECTED, []]);
  const unknown = waveFile({ channels: [[]], dataBytes: 0, behind: [["data", data]] });
  new DataView(unknown.buffer).setUint32(48, 0xffff_ffff, true);
  assertEquals((await read(unknown)).pcm, EXPECTED);
  const cut = waveFile({ channels: [TONE], behind: [["data", data]] });
  const { pcm, remarks } = await read(cut.subarray(0, cut.length - 3_200));
  assertEquals([pcm.length, remarks], [4_800, [
    "it is cut short: its header says 0.1 s more than there are",
  ]]);
});

test("chunks of an odd size are stepped over, padded or not", async () => {
  for (const padded of [true, false]) {
    const odd = waveFile({ channels: [TONE], before: REMARK, padded });
    assertEquals((await read(odd)).pcm, EXPECTED);
    const sound = waveFile({ channels: [TONE.subarray(0, 801)], encoding: "u8", behind: REMARK, padded });
    const { pcm, remarks } = await read(sound);
    assertEquals([pcm.length, remarks], [801, []]);
  }
});

test("every cut of a file gives what is there, or says what is missing", async () => {
  for (const container of CONTAINERS) {
    const bytes = waveFile({
      channels: [TONE.subarray(0, 200), TONE.subarray(0, 200)],
      container,
      before: REMARK,
    });
    const { pcm: whole } = await read(bytes);
    for (let length = 0; length < bytes.length; length++) {
      try {
        const { pcm, remarks } = await read(bytes.slice(0, length));
        assertEquals(pcm, whole.slice(0, pcm.length), `${container}, ${length} bytes`);
        assert(remarks.length <= 1);
      } catch (thrown) {
        assert(thrown instanceof EarshotError && thrown.code === "audio.invalid_wav", `${thrown}`);
      }
    }
  }
});

test("it makes no difference in which pieces the bytes come", async () => {
  const file = fc.record({
    encoding: fc.constantFrom(...ENCODINGS),
    container: fc.constantFrom(...CONTAINERS),
    rateHz: fc.constantFrom(8_000, 16_000, 44_100),
    count: fc.integer({ min: 1, max: 4 }),
    behind: fc.constantFrom([], REMARK),
  });
  await fc.assert(
    fc.asyncProperty(file, fc.integer({ min: 1, max: 700 }), async ({ count, ...options }, size) => {
      const channels = Array.from({ length: count }, (_, i) => TONE.subarray(i * 100, i * 100 + 1_500));
      const bytes = waveFile({ ...options, channels });
      assertEquals(await read(bytes, size), await read(bytes));
    }),
    { numRuns: 60 },
  );
});

test("what cannot be read is refused with what it is, or what would be right", async () => {
  assertStringIncludes(
    await refusal(waveFile({ channels: [TONE], tag: 0x11 })),
    "IMA ADPCM inside; convert it: ffmpeg",
  );
  assertStringIncludes(await refusal(waveFile({ channels: [TONE], tag: 999 })), "tag 999");
  assertStringIncludes(await refusal(waveFile({ channels: [] })), "0 channels");
  assertStringIncludes(
    await refusal(waveFile({ channels: [TONE], rateHz: 3 })),
    "3 samples a second; 1000 to 768000",
  );
  const whole = waveFile({ channels: [TONE] });
  assertStringIncludes(await refusal(whole.slice(0, 30)), "inside its format description");
  assertStringIncludes(await refusal(whole.slice(0, 36)), "no sound");
  assertStringIncludes(await refusal(whole.slice(0, 12)), "no format description");
  assertStringIncludes(
    await refusal(waveFile({ channels: [TONE], before: [["data", new Uint8Array(4)]] })),
    "before its format",
  );
});

test("what a header claims is neither allocated nor waited for", async () => {
  const claims = waveFile({ channels: new Array(60_000).fill([0.1]), encoding: "f64" });
  assertEquals((await read(claims)).pcm.length, 1);
  // Of 20 ms of it nobody could hold anything.
  const wide = waveFile({
    channels: new Array(60_000).fill(new Array(64).fill(0.1)),
    rateHz: 16_000,
    encoding: "u8",
  });
  let pieces = 0;
  let asked = 0;
  for await (const _ of readSound(inPieces(wide, 60_000, (bytes) => asked = bytes))) {
    if (pieces++ === 0) assert(asked < wide.length, "a piece comes before all was read");
  }
  assert(pieces > 0);
  const bytes = waveFile({ channels: [TONE], before: [["JUNK", new Uint8Array(4)]] });
  new DataView(bytes.buffer).setUint32(16, 0xffff_fff0, true);
  async function* endless(): AsyncGenerator<Uint8Array> {
    yield bytes;
    while (true) yield new Uint8Array(65_536);
  }
  const error = await assertRejects(() => readSound(endless()).next(), EarshotError);
  assertStringIncludes(error.message, '"JUNK" announces more than');
});

test("sound without an end is read as it is asked for, and let go of", async () => {
  const header = waveFile({ channels: [[]], dataBytes: 0xffff_ffff });
  let given = 0;
  let closed = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      yield header;
      while (true) yield new Uint8Array(given++ === 0 ? 1_001 : 65_537);
    } finally {
      closed = true;
    }
  }
  let samples = 0;
  for await (const piece of readSound(endless())) {
    samples += piece.length;
    assert(given * 32_768 <= samples + 70_000);
    if (samples > 5_000_000) break;
  }
  assert(closed);
});
