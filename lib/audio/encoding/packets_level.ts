import { OpusDecoder } from "../opus_decoder.ts";
import { joinPcm, toFloat32 } from "../pcm.ts";
import { type Voiced, voicedLevelOf } from "../voiced_level.ts";

/** Speech has hardly anything above half of it that counts for its loudness. */
const RATE_HZ = 16_000;

/** How loud the voiced parts are of packets that begin a stream; `undefined` without any. Throws `audio.decode`. */
export function packetsLevel(packets: readonly Uint8Array[]): Voiced | undefined {
  const decoder = new OpusDecoder({ sampleRateHz: RATE_HZ });
  try {
    return voicedLevelOf(toFloat32(joinPcm(packets.map((packet) => decoder.decode(packet)))), RATE_HZ);
  } finally {
    decoder.close();
  }
}
