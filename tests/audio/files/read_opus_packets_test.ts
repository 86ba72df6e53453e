import { assertEquals, assertRejects } from "@std/assert";
import { OggOpusMuxer, readOpusPackets } from "../../../lib/audio/mod.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { test } from "../../support/test.ts";

const PACKETS = [20, 254, 255, 300, 510].map((bytes, index) => new Uint8Array(bytes).fill(index + 1));

function oggOf(packets: readonly Uint8Array[]): Uint8Array {
  const muxer = new OggOpusMuxer({ pageMs: 120 });
  const pages = [muxer.head(24_000)];
  for (const packet of packets) {
    const page = muxer.push(packet, 60);
    if (page !== undefined) pages.push(page);
  }
  return Uint8Array.from([...pages, muxer.end()].flatMap((page) => [...page]));
}

async function assertUnreadable(file: Uint8Array): Promise<void> {
  const error = await assertRejects(() => readOpusPackets(file), EarshotError);
  assertEquals(error.code, "audio.invalid_wav");
}

test("readOpusPackets gives what the muxer took, whatever its size", async () => {
  assertEquals(await readOpusPackets(oggOf(PACKETS)), PACKETS);
  assertEquals(await readOpusPackets(oggOf([])), []);
});

test("readOpusPackets refuses what is no Ogg Opus, damaged, or cut short", async () => {
  const file = oggOf(PACKETS);
  await assertUnreadable(new Uint8Array());
  await assertUnreadable(new TextEncoder().encode("<html>not found</html>".repeat(10)));
  await assertUnreadable(file.subarray(0, 200));
  const damaged = file.slice();
  const at = damaged.indexOf(4); // within a packet
  damaged[at] = (damaged[at] ?? 0) ^ 0xff;
  await assertUnreadable(damaged);
  // A page less in the middle, as in a file that was put together wrongly.
  const text = new TextDecoder("latin1").decode(file);
  const pages = [...text.matchAll(/OggS/g)].map(({ index }) => index);
  const [from = 0, through = 0] = pages.slice(2);
  await assertUnreadable(Uint8Array.from([...file.subarray(0, from), ...file.subarray(through)]));
});
