import { OggOpusMuxer } from "../../lib/audio/mod.ts";
import { libopus } from "../../lib/audio/libopus.ts";
import { oggChecksum } from "../../lib/audio/ogg_checksum.ts";
import { joinBytes } from "./sound_files.ts";

/** The settings of libopus (opus_defines.h). */
const BITRATE = 4_002;
const DTX = 4_016;
const VBR = 4_006;
const APPLICATIONS = { voip: 2_048, audio: 2_049, lowDelay: 2_051 } as const;
/** Where the fields of the head are: behind the header of its page, of 27 bytes and one lacing value. */
const HEAD_AT = 28;

/** How sound is encoded. */
export interface OpusManner {
  readonly application?: keyof typeof APPLICATIONS;
  readonly bitrateBps?: number;
  readonly frameMs?: number;
  readonly dtx?: boolean;
  readonly constant?: boolean;
  /** Default 1; of two, both are alike. */
  readonly channels?: 1 | 2;
}

/** What other encoders than ours make of speech: each of the coders, and both. */
export const OPUS_MANNERS = {
  speech: { application: "voip", bitrateBps: 20_000 },
  both: { application: "voip", bitrateBps: 40_000 },
  music: { application: "audio", bitrateBps: 64_000 },
  fast: { application: "lowDelay", bitrateBps: 32_000 },
  constant: { application: "voip", bitrateBps: 24_000, constant: true },
  dtx: { application: "voip", bitrateBps: 24_000, dtx: true },
} as const satisfies Readonly<Record<string, OpusManner>>;

/** The packets of 24 kHz mono sound by an encoder of its own; what is no whole frame is left out. */
export function opusPackets(pcm: Int16Array, manner: OpusManner = {}): readonly Uint8Array<ArrayBuffer>[] {
  const { application = "voip", bitrateBps = 24_000, frameMs = 60, channels = 1 } = manner;
  const opus = libopus();
  const encoder = opus.calls.malloc(opus.calls.opus_encoder_get_size(channels));
  opus.calls.opus_encoder_init(encoder, 24_000, channels, APPLICATIONS[application]);
  opus.calls.opus_encoder_ctl_set(encoder, BITRATE, bitrateBps);
  if (manner.dtx) opus.calls.opus_encoder_ctl_set(encoder, DTX, 1);
  if (manner.constant) opus.calls.opus_encoder_ctl_set(encoder, VBR, 0);
  const samples = 24 * frameMs;
  const packets = [];
  for (let at = 0; at + samples <= pcm.length; at += samples) {
    const mono = pcm.subarray(at, at + samples);
    opus.writeSamples(
      channels === 1 ? mono : Int16Array.from({ length: 2 * samples }, (_, i) => mono[i >> 1] ?? 0),
    );
    packets.push(opus.readPacket(
      opus.calls.opus_encode(encoder, opus.samplesPointer, samples, opus.packetPointer, 4_000),
    ));
  }
  opus.calls.free(encoder);
  return packets;
}

/** What the head of a stream says. */
export interface OggHead {
  readonly channels?: number;
  /** In samples of 48 kHz. Default 312. */
  readonly preSkip?: number;
  /** In 1/256 dB. Default 0. */
  readonly gain?: number;
}

/** Packets of one duration as an Ogg Opus file. */
export function oggOf(
  packets: readonly Uint8Array[],
  { frameMs = 60, pageMs = 200, serial = 1, head = {} }: {
    readonly frameMs?: number;
    readonly pageMs?: number;
    readonly serial?: number;
    readonly head?: OggHead;
  } = {},
): Uint8Array<ArrayBuffer> {
  const muxer = new OggOpusMuxer({ pageMs, serial });
  const heads = muxer.head(24_000);
  const first = heads.subarray(0, HEAD_AT + 19);
  const fields = new DataView(first.buffer, first.byteOffset, first.length);
  fields.setUint8(HEAD_AT + 9, head.channels ?? 1);
  fields.setUint16(HEAD_AT + 10, head.preSkip ?? 312, true);
  fields.setInt16(HEAD_AT + 16, head.gain ?? 0, true);
  fields.setUint32(22, 0);
  fields.setUint32(22, oggChecksum(first), true);
  const pages: Uint8Array[] = [heads];
  for (const packet of packets) {
    pages.push(...[muxer.push(packet, frameMs)].filter((page) => page !== undefined));
  }
  pages.push(muxer.end());
  return joinBytes(pages);
}
