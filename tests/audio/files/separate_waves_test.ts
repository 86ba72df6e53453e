import { assertEquals } from "@std/assert";
import { writeWav } from "../../../lib/audio/mod.ts";
import { separateWaves } from "../../../lib/audio/files/separate_waves.ts";
import { test } from "../../support/test.ts";

const FIRST = writeWav(Int16Array.of(1, 2, 3), 16_000);
// Samples that spell the beginning of a header, and nothing more of it.
const SECOND = writeWav(Int16Array.of(0x4952, 0x4646, 0x5252, 0x4952), 24_000);
const BOTH = Uint8Array.from([...FIRST, ...SECOND]);

async function separated(pieces: readonly Uint8Array[]): Promise<number[][]> {
  const source = async function* () {
    for (const piece of pieces) yield await Promise.resolve(piece);
  };
  const found: number[][] = [];
  for await (const wave of separateWaves(source())) {
    found.push((await Array.fromAsync(wave)).flatMap((piece) => [...piece]));
  }
  return found;
}

test("separateWaves finds each header, wherever the bytes are cut", async () => {
  for (let at = 0; at <= BOTH.length; at++) {
    assertEquals(await separated([BOTH.subarray(0, at), BOTH.subarray(at)]), [[...FIRST], [...SECOND]]);
  }
  assertEquals(await separated(Array.from(BOTH, (byte) => Uint8Array.of(byte))), [[...FIRST], [...SECOND]]);
});

test("separateWaves leaves what has no header whole", async () => {
  const plain = Uint8Array.from({ length: 100 }, (_, index) => index);
  assertEquals(await separated([plain.subarray(0, 50), plain.subarray(50)]), [[...plain]]);
});

test("separateWaves skips what was left of one, and ends its source", async () => {
  let ended = false;
  const source = async function* () {
    try {
      for (const byte of BOTH) yield await Promise.resolve(Uint8Array.of(byte));
    } finally {
      ended = true;
    }
  };
  const lengths: number[] = [];
  for await (const wave of separateWaves(source())) {
    const { value } = await wave.next();
    lengths.push(value?.length ?? 0);
  }
  // The header of the second one was held until it was whole.
  assertEquals([lengths, ended], [[1, 16], true]);
  ended = false;
  for await (const wave of separateWaves(source())) {
    await wave.next();
    break;
  }
  assertEquals(ended, true);
});
