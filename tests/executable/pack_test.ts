import { assertEquals } from "@std/assert";
import { addPack } from "../../.ci/compile/pack.ts";
import { readPack, readSlice } from "../../lib/executable/mod.ts";
import { DENO_TRAILER } from "../../lib/executable/pack_format.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

const PROGRAM = new Uint8Array(5_000).fill(7);
const PAYLOAD = new Uint8Array(3_000).fill(9);
const FILES = [
  { name: "models/a/w.onnx", bytes: new Uint8Array(700_000).map((_, index) => index % 251) },
  { name: "empty", bytes: new Uint8Array() },
  { name: "native/x.so", bytes: new Uint8Array(1_234).fill(3) },
];

/** What `deno compile` makes up to 2.7: the program, what it embeds, and how far back that begins. */
function withTrailer(): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(PROGRAM.length + PAYLOAD.length + 16);
  whole.set(PROGRAM);
  whole.set(PAYLOAD, PROGRAM.length);
  const view = new DataView(whole.buffer, PROGRAM.length + PAYLOAD.length);
  DENO_TRAILER.forEach((word, index) => view.setUint32(4 * index, word, true));
  view.setBigUint64(8, BigInt(PAYLOAD.length + 16), true);
  return whole;
}

/** The bytes of an executable after the files were added, and what is found in it again. */
async function packed(executable: Uint8Array): Promise<{ bytes: Uint8Array; found: [string, Uint8Array][] }> {
  const found: [string, Uint8Array][] = [];
  let bytes = new Uint8Array();
  await withTempDir(async (dir) => {
    await Deno.writeFile(`${dir}/in`, executable);
    const files = FILES.map(({ name }, index) => ({ name, path: `${dir}/${index}` }));
    for (const [index, file] of FILES.entries()) await Deno.writeFile(`${dir}/${index}`, file.bytes);
    await addPack(`${dir}/in`, `${dir}/out`, files);
    bytes = await Deno.readFile(`${dir}/out`);
    for (const [name, slice] of readPack(`${dir}/out`)) {
      const parts: number[] = [];
      for await (const part of readSlice(slice)) for (const byte of part) parts.push(byte);
      found.push([name, Uint8Array.from(parts)]);
    }
  });
  return { bytes, found };
}

const EXPECTED = FILES.map(({ name, bytes }): [string, Uint8Array] => [name, bytes]);

test("a pack lies before what Deno 2.7 embeds, whose own way back still holds", async () => {
  const executable = withTrailer();
  const { bytes, found } = await packed(executable);
  assertEquals(found, EXPECTED);
  assertEquals(bytes.subarray(0, PROGRAM.length), PROGRAM);
  assertEquals(bytes.subarray(-PAYLOAD.length - 16), executable.subarray(PROGRAM.length));
});

test("a pack lies at the end of an executable whose program holds what is embedded", async () => {
  const { bytes, found } = await packed(PROGRAM);
  assertEquals(found, EXPECTED);
  assertEquals(bytes.subarray(0, PROGRAM.length), PROGRAM);
});

test("an executable without a pack carries nothing", async () => {
  await withTempDir(async (dir) => {
    for (const executable of [withTrailer(), PROGRAM, new Uint8Array()]) {
      await Deno.writeFile(`${dir}/plain`, executable);
      assertEquals([...readPack(`${dir}/plain`)], []);
    }
  });
});
