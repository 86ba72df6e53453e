import { assertEquals } from "@std/assert";
import { PacketDetector, type SpeechEvent } from "../../lib/vad/mod.ts";
import { test } from "../support/test.ts";

test("packets: speech may begin with the first packet that is no silence, and is told once until a reset", () => {
  const events: SpeechEvent[] = [];
  const detector = new PacketDetector({ onEvent: (event) => events.push(event) });
  const started = () => events.filter(({ type }) => type === "speech_started");
  const hear = (seq: number, bytes: number) =>
    detector.write({ seq, receivedMs: 0, durationMs: 60, opus: new Uint8Array(bytes) });
  for (const [seq, bytes] of [0, 1, 2, 3, 4, 80, 1, 60].entries()) hear(seq, bytes);
  assertEquals(started(), [{ type: "speech_started", seq: 4 }]);
  assertEquals(events.at(-1), { type: "judged", seq: 7 });
  detector.reset();
  hear(8, 80);
  assertEquals(started().length, 2);
  detector.close();
});
