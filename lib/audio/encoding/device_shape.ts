import { isStereoOpusPacket } from "../opus_framing.ts";
import { opusPacketDurationMs } from "../opus_packet.ts";
import { hasDecoderReset } from "./decoder_reset.ts";

/** The most bits a second that a packet may have: four times what is encoded here, as much as a device's network carries. */
const MOST_BPS = 96_000;

/** Whether packets are as a device takes them: mono, each of its frame duration, and not too large. */
export function haveDeviceShape(packets: readonly Uint8Array[], frameMs: number): boolean {
  const mostBytes = MOST_BPS * frameMs / 8_000;
  return hasDecoderReset(frameMs) &&
    packets.every((packet) =>
      opusPacketDurationMs(packet) === frameMs && !isStereoOpusPacket(packet) && packet.length <= mostBytes
    );
}
