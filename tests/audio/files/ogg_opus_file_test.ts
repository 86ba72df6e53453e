import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { OpusDecoder, OpusEncoder, readSound } from "../../../lib/audio/mod.ts";
import { oggChecksum } from "../../../lib/audio/ogg_checksum.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import fc from "../../support/fast_check.ts";
import { inPieces, joinBytes, oggOpusFile } from "../../support/sound_files.ts";
import { test } from "../../support/test.ts";

const HZ = 16_000;
/** What the muxer says is to be left out at the start, at 16 kHz. */
const PRE_SKIP = 104;

async function read(bytes: Uint8Array, size?: number): Promise<{ pcm: Int16Array; remarks: string[] }> {
  const remarks: string[] = [];
  const pieces = await Array.fromAsync(
    readSound(inPieces(bytes, size), { file: "a.ogg", remark: (remark) => remarks.push(remark) }),
  );
  return { pcm: Int16Array.from(pieces.flatMap((piece) => [...piece])), remarks };
}

async function refusal(bytes: Uint8Array): Promise<string> {
  const error = await assertRejects(() => read(bytes), EarshotError);
  assertEquals(error.code, "audio.invalid_wav");
  return error.message;
}

function tone(seconds: number, frequencyHz = 440): Int16Array {
  return Int16Array.from(
    { length: seconds * HZ },
    (_, i) => Math.sin(2 * Math.PI * frequencyHz * i / HZ) * 10_000,
  );
}

/** The same sound as packets that were never in a file. */
function direct(pcm: Int16Array): Int16Array {
  const encoder = new OpusEncoder({ sampleRateHz: HZ });
  const decoder = new OpusDecoder({ sampleRateHz: HZ });
  const samples: number[] = [];
  for (let at = 0; at < pcm.length; at += 960) {
    const frame = new Int16Array(960);
    frame.set(pcm.subarray(at, at + 960));
    samples.push(...decoder.decode(encoder.encode(frame)));
  }
  encoder.close();
  decoder.close();
  return Int16Array.from(samples.slice(PRE_SKIP));
}

/** Where the pages of a file begin and end. */
function pagesOf(bytes: Uint8Array): Uint8Array[] {
  const pages: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const lacing = bytes.subarray(at + 27, at + 27 + (bytes[at + 26] ?? 0));
    const end = at + 27 + lacing.length + lacing.reduce((sum, value) => sum + value, 0);
    pages.push(bytes.slice(at, end));
    at = end;
  }
  return pages;
}

/** A page with other content, whose checksum is right again. */
function changed(page: Uint8Array, change: (view: DataView) => void): Uint8Array {
  const copy = page.slice();
  const view = new DataView(copy.buffer);
  change(view);
  view.setUint32(22, oggChecksum(copy), true);
  return copy;
}

const SOUND = tone(1.2);
const FILE = oggOpusFile(SOUND);
const PAGES = pagesOf(FILE);

test("an Ogg Opus file says what its packets say, in pieces of any size", async () => {
  const expected = direct(SOUND);
  for (const pageMs of [60, 200, 5_000]) {
    const { pcm, remarks } = await read(oggOpusFile(SOUND, { pageMs }));
    assertEquals([pcm, remarks], [expected, []]);
  }
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 900 }), async (size) => {
      assertEquals((await read(FILE, size)).pcm, expected);
    }),
    { numRuns: 20 },
  );
});

test("the end is where the last page says", async () => {
  const [last = new Uint8Array(0), before = new Uint8Array(0)] = PAGES.toReversed();
  assertEquals(last.length, 27); // it is empty, and the sound ends on the page before
  const cut = changed(before, (view) => {
    view.setUint8(5, 4);
    view.setBigUint64(6, view.getBigUint64(6, true) - 3_000n, true);
  });
  const { pcm, remarks } = await read(joinBytes([...PAGES.slice(0, -2), cut]));
  assertEquals([pcm, remarks], [direct(SOUND).slice(0, -1_000), []]);
});

test("streams one after the other, and beside one of another kind, are one sound", async () => {
  const second = oggOpusFile(SOUND, { serial: 7 });
  const { pcm, remarks } = await read(joinBytes([FILE, second]));
  assertEquals([pcm.length, remarks], [2 * direct(SOUND).length, []]);
  const [head = new Uint8Array(0), ...rest] = PAGES;
  const strange = pagesOf(oggOpusFile(SOUND, { serial: 9 })).map((page, index) =>
    changed(page, (view) => {
      if (index === 0) { for (let at = 28; at < 36; at++) view.setUint8(at, 0x41); }
    })
  );
  const mixed = rest.flatMap((page, index) => [page, ...strange.slice(index + 1, index + 2)]);
  const beside = await read(joinBytes([...strange.slice(0, 1), head, ...mixed]));
  assertEquals([beside.pcm, beside.remarks], [direct(SOUND), []]);
});

test("a page that is damaged or missing costs what is on it, and one line", async () => {
  const without = await read(joinBytes(PAGES.filter((_, index) => index !== 4)));
  const damaged = await read(joinBytes(PAGES.map((page, index) => {
    const copy = page.slice();
    if (index === 4) copy[40] = (copy[40] ?? 0) ^ 1;
    return copy;
  })));
  for (const { pcm, remarks } of [without, damaged]) {
    assert(pcm.length > SOUND.length * 0.7 && pcm.length < SOUND.length, `${pcm.length}`);
    assertEquals(remarks, ["1 parts of it are damaged or missing: the rest is read"]);
  }
});

test("a packet across pages is put together, and one that is too big is left out", async () => {
  const [head = new Uint8Array(0), tags = new Uint8Array(0), ...rest] = PAGES;
  // Remarks with a picture: 2 MB on pages of their own. The rest is numbered behind them.
  const count = 33;
  const picture = Array.from({ length: count }, (_, index) => {
    const page = new Uint8Array(27 + 255 + 255 * 255);
    page.set(tags.subarray(0, 27));
    page.fill(255, 26, 27 + 255);
    if (index === count - 1) page[27 + 254] = 254;
    if (index === 0) page.set(new TextEncoder().encode("OpusTags"), 27 + 255);
    const length = index === count - 1 ? page.length - 1 : page.length;
    return changed(page.subarray(0, length), (view) => {
      view.setUint8(5, index === 0 ? 0 : 1);
      view.setUint32(18, 1 + index, true);
    });
  });
  const later = rest.map((page) =>
    changed(page, (view) => view.setUint32(18, view.getUint32(18, true) + count - 1, true))
  );
  const { pcm, remarks } = await read(joinBytes([head, ...picture, ...later]), 5_000);
  assertEquals([pcm, remarks], [direct(SOUND), []]);
});

test("a file that is cut short says so in one line, wherever it is cut", async () => {
  const whole = direct(SOUND);
  for (let length = 0; length < FILE.length; length += 7) {
    try {
      const { pcm, remarks } = await read(FILE.slice(0, length));
      assertEquals(pcm, whole.slice(0, pcm.length));
      assertEquals(remarks, ["it is cut short: its last page is missing"]);
    } catch (thrown) {
      assert(
        thrown instanceof EarshotError && thrown.code === "audio.invalid_wav" && length < 50,
        `${thrown}`,
      );
    }
  }
});

test("what else Ogg carries is named, and so is what is not read of Opus", async () => {
  const head = (change: (view: DataView) => void) =>
    joinBytes([changed(PAGES[0] ?? new Uint8Array(0), change), ...PAGES.slice(1)]);
  const named = (letters: string) =>
    head((view) => [...letters].forEach((letter, at) => view.setUint8(28 + at, letter.charCodeAt(0))));
  assertStringIncludes(await refusal(named("\x01vorbis")), "it is Ogg Vorbis; convert it: ffmpeg -i a.ogg");
  assertStringIncludes(await refusal(named("\x7fFLAC")), "it is Ogg FLAC");
  assertStringIncludes(await refusal(named("Speex   ")), "it is Ogg Speex");
  assertStringIncludes(await refusal(named("whatever")), "it is an Ogg without Opus");
  for (const headless of [joinBytes(PAGES.slice(1)), (PAGES[0] ?? new Uint8Array(0)).slice(0, 20)]) {
    assertStringIncludes(await refusal(headless), "an Ogg whose beginning is damaged or missing");
  }
  const surround = head((view) => {
    view.setUint8(28 + 9, 6);
    view.setUint8(28 + 18, 1);
  });
  assertStringIncludes(
    await refusal(surround),
    "6 channels of family 1; mono and stereo are read; convert it",
  );
  assertStringIncludes(await refusal(head((view) => view.setUint8(28 + 8, 16))), "version 16");
});

test("packets that are no Opus are counted, and refused where there is nothing else", async () => {
  const broken = PAGES.map((page, index) =>
    index < 2 ? page : changed(page, (view) => {
      // 63 frames, which no packet may have.
      for (let at = 27 + view.getUint8(26); at < view.byteLength; at++) view.setUint8(at, 0xff);
    })
  );
  const { pcm, remarks } = await read(joinBytes([...broken.slice(0, 4), ...PAGES.slice(4)]));
  assert(pcm.length > SOUND.length * 0.6, `${pcm.length} of ${SOUND.length}`);
  assertEquals(remarks.length, 1);
  assertStringIncludes(await refusal(joinBytes(broken)), "none of its Opus packets can be decoded");
});

test("gain is applied", async () => {
  const [head = new Uint8Array(0), ...rest] = PAGES;
  const quiet = changed(head, (view) => view.setInt16(28 + 16, -6 * 256, true));
  const { pcm } = await read(joinBytes([quiet, ...rest]));
  const loudest = (sound: Int16Array) => sound.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const ratio = loudest(pcm) / loudest(direct(SOUND));
  assert(Math.abs(ratio - 0.501) < 0.01, `${ratio}`);
});
