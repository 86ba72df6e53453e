import { assertEquals } from "@std/assert";
import { AudioBuffer, OggOpusMuxer, SILENT_OPUS_PACKET } from "../../lib/audio/mod.ts";
import { Scope } from "../../lib/lifecycle/mod.ts";
import { createSessionCounters } from "../../lib/session/counters.ts";
import { Ear } from "../../lib/session/ear.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

test("a packet that fits into no page of Ogg is not heard, decoded or not", async () => {
  const clock = new FakeClock();
  for (const decode of [true, false]) {
    await using scope = new Scope("ear", { clock });
    const counters = createSessionCounters();
    const muxer = new OggOpusMuxer({ pageMs: 60 });
    const pages: (Uint8Array | undefined)[] = [];
    const ear = new Ear({
      scope,
      buffer: new AudioBuffer({}),
      clock,
      counters,
      decode,
      onChunk: ({ opus, durationMs }) => pages.push(muxer.push(opus, durationMs)),
    });
    ear.hear(new Uint8Array(70_000).fill(SILENT_OPUS_PACKET[0] ?? 0, 0, 1));
    ear.hear(SILENT_OPUS_PACKET);
    assertEquals([counters.audioUndecodable, counters.audioChunks], [1, 1]);
    assertEquals(pages.map((page) => page?.length), [27 + 1 + SILENT_OPUS_PACKET.length]);
  }
});
