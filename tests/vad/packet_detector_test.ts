import { assertEquals } from "@std/assert";
import { PacketDetector, type SpeechEvent } from "../../lib/vad/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

function open() {
  const clock = new FakeClock();
  const events: SpeechEvent[] = [];
  const detector = new PacketDetector({ clock, noAudioMs: 700, onEvent: (event) => events.push(event) });
  const hear = (seq: number, bytes: number) =>
    detector.write({ seq, timestampMs: 0, durationMs: 60, opus: new Uint8Array(bytes) });
  return { clock, events, detector, hear };
}

test("packets: speech may begin with the first packet that is no silence, and is told once", () => {
  const { events, detector, hear } = open();
  for (const [seq, bytes] of [0, 1, 2, 3, 4, 80, 1, 60].entries()) hear(seq, bytes);
  assertEquals(events, [{ type: "speech_started", seq: 4 }]);
  assertEquals(detector.heardThroughSeq, 7);
  detector.close();
});

test("packets: a device that stops sending ends the utterance, one that sends silence does not", async () => {
  const { clock, events, detector, hear } = open();
  hear(0, 80);
  for (let seq = 1; seq < 40; seq++) {
    await clock.advance(60);
    hear(seq, 1);
  }
  assertEquals(events.length, 1);
  await clock.advance(699);
  assertEquals(events.length, 1);
  await clock.advance(1);
  assertEquals(events.at(-1), { type: "speech_stopped", seq: 39, cause: "no_audio" });
  hear(40, 80);
  assertEquals(events.at(-1), { type: "speech_started", seq: 40 });
  detector.reset();
  await clock.advance(2_000);
  assertEquals(events.length, 3);
  detector.close();
});
