import { assert, assertEquals, assertRejects } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { unpacked } from "../../../lib/tts/body/unpacked.ts";
import fc from "../../support/fast_check.ts";
import { test } from "../../support/test.ts";

const SERVICE = { family: "tts", name: "far" } as const;

async function zip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const zipped = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(zipped).arrayBuffer());
}

/** Bytes in pieces of that length. */
async function* cut(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

async function read(bytes: AsyncIterable<Uint8Array>): Promise<number[]> {
  return (await Array.fromAsync(unpacked(bytes, SERVICE))).flatMap((piece) => [...piece]);
}

test("property: whatever bytes, cut anywhere, come out as they were before they were packed", async () => {
  const someBytes = fc.uint8Array({ maxLength: 200 }).map((bytes) => new Uint8Array(bytes));
  await fc.assert(
    fc.asyncProperty(someBytes, fc.integer({ min: 1, max: 40 }), async (bytes, length) => {
      assertEquals(await read(cut(await zip(bytes), length)), [...bytes]);
      if (bytes[0] !== 0x1f) assertEquals(await read(cut(bytes, length)), [...bytes]);
    }),
  );
});

test("bytes that begin like gzip and are none are told as such, and so is a packed end that is missing", async () => {
  const zipped = await zip(new TextEncoder().encode('{"error":"no"}'));
  for (const bytes of [Uint8Array.of(0x1f, 0x8b, 8, 1, 2, 3, 4, 5, 6, 7, 8, 9), zipped.subarray(0, -4)]) {
    const error = await assertRejects(() => read(cut(bytes, 5)), EarshotError);
    assertEquals(error.code, "tts.protocol");
  }
});

test("what the source throws comes through, packed or not", async () => {
  const zipped = await zip(new Uint8Array(1_000).map((_, at) => at * at));
  for (const bytes of [zipped, new Uint8Array(10)]) {
    const source = async function* () {
      yield* cut(bytes.subarray(0, 8), 3);
      throw new EarshotError("net.unreachable", "Cannot go on");
    };
    assertEquals((await assertRejects(() => read(source()), EarshotError)).code, "net.unreachable");
  }
});

test("who leaves in the midst ends the source", async () => {
  const zipped = await zip(crypto.getRandomValues(new Uint8Array(60_000)));
  for (const bytes of [zipped, new Uint8Array(60_000)]) {
    let ended = false;
    const source = async function* () {
      try {
        yield* cut(bytes, 100);
      } finally {
        ended = true;
      }
    };
    for await (const piece of unpacked(source(), SERVICE)) {
      assert(piece.length > 0);
      break;
    }
    assert(ended);
  }
});
