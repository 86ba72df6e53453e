import { OpusEncoder } from "../../../lib/audio/mod.ts";
import type { Packets, SpeechKey } from "../../../lib/tts/mod.ts";

/** So many packets of 60 ms, of a tone of that pitch. */
export function packetsOf(count: number, pitchHz = 220): Packets {
  const encoder = new OpusEncoder({ sampleRateHz: 24_000 });
  try {
    return Array.from(
      { length: count },
      (_, frame) =>
        encoder.encode(
          Int16Array.from(
            { length: 1_440 },
            (_, at) => 8_000 * Math.sin((frame * 1_440 + at) * 2 * Math.PI * pitchHz / 24_000),
          ),
        ),
    );
  } finally {
    encoder.close();
  }
}

/** A key of some voice. */
export function keyOf(text: string, others: Partial<SpeechKey> = {}): SpeechKey {
  return { print: "voice", frameMs: 60, language: "en", text, ...others };
}
