import { assertEquals } from "@std/assert";
import { OggOpusMuxer, SILENT_OPUS_PACKET } from "../../../lib/audio/mod.ts";
import { Scope } from "../../../lib/lifecycle/mod.ts";
import { createSessionCounters } from "../../../lib/session/counters.ts";
import { PacketDecoder } from "../../../lib/session/ingest/packet_decoder.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";

test("a packet that fits into no page of Ogg is not heard, decoded or not", async () => {
  const clock = new FakeClock();
  for (const decode of [true, false]) {
    await using scope = new Scope("ingest", { clock });
    const counters = createSessionCounters();
    const muxer = new OggOpusMuxer({ pageMs: 60 });
    const decoder = new PacketDecoder({ scope, counters, decode });
    const chunks = [
      decoder.push(new Uint8Array(70_000).fill(SILENT_OPUS_PACKET[0] ?? 0, 0, 1), 0),
      decoder.push(SILENT_OPUS_PACKET, 60),
    ];
    const pages = chunks.flatMap((chunk) => chunk ? [muxer.push(chunk.opus, chunk.durationMs)] : []);
    assertEquals([counters.audioUndecodable, counters.audioChunks], [1, 1]);
    assertEquals(pages.map((page) => page?.length), [27 + 1 + SILENT_OPUS_PACKET.length]);
  }
});
