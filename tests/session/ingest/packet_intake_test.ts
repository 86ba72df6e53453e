import { assertEquals } from "@std/assert";
import { OggOpusMuxer, SILENT_OPUS_PACKET } from "../../../lib/audio/mod.ts";
import { createSessionCounters } from "../../../lib/session/counters.ts";
import { PacketIntake } from "../../../lib/session/ingest/packet_intake.ts";
import { test } from "../../support/test.ts";

test("a packet that fits into no page of Ogg is not heard, decoded or not", () => {
  for (const decodes of [true, false]) {
    const counters = createSessionCounters();
    const muxer = new OggOpusMuxer({ pageMs: 60 });
    const intake = new PacketIntake({ counters, decodes });
    const packets = [
      intake.read(new Uint8Array(70_000).fill(SILENT_OPUS_PACKET[0] ?? 0, 0, 1), 0),
      intake.read(SILENT_OPUS_PACKET, 60),
    ];
    const pages = packets.flatMap((packet) => packet ? [muxer.push(packet.opus, packet.durationMs)] : []);
    assertEquals([counters.audioUndecodable, counters.audioChunks], [1, 1]);
    assertEquals(pages.map((page) => page?.length), [27 + 1 + SILENT_OPUS_PACKET.length]);
  }
});
