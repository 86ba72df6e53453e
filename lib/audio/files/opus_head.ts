import { convertWith } from "./convert_command.ts";
import { unreadableSound } from "./sound_file.ts";

/** What an Ogg Opus stream says of itself (RFC 7845, section 5.1). */
export interface OpusHead {
  readonly channels: 1 | 2;
  /** Samples of 48 kHz that are left out at the start. */
  readonly preSkip: number;
  /** What samples are multiplied with. */
  readonly gain: number;
}

const HEAD_BYTES = 19;
/** Codecs that Ogg carries, by what their first packet begins with. */
const OTHER_CODECS: readonly (readonly [begins: string, name: string])[] = [
  ["\x01vorbis", "Ogg Vorbis"],
  ["\x7fFLAC", "Ogg FLAC"],
  ["fLaC", "Ogg FLAC"],
  ["Speex   ", "Ogg Speex"],
  ["\x80theora", "Ogg Theora"],
  ["PCM     ", "Ogg PCM"],
  ["CELT    ", "Ogg CELT"],
];

/** Whether a packet is the first one of an Opus stream. */
export function isOpusHead(packet: Uint8Array): boolean {
  return beginsWith(packet, "OpusHead");
}

/** Whether a packet is the remarks of an Opus stream. */
export function isOpusTags(packet: Uint8Array): boolean {
  return beginsWith(packet, "OpusTags");
}

/** What a stream is whose first packet this is, if it is known and no Opus. */
export function otherCodecOf(packet: Uint8Array): string | undefined {
  return OTHER_CODECS.find(([begins]) => beginsWith(packet, begins))?.[1];
}

/**
 * Reads the first packet of an Opus stream.
 *
 * @throws {EarshotError} `audio.invalid_wav`
 */
export function readOpusHead(packet: Uint8Array, file: string | undefined): OpusHead {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  if (packet.length < HEAD_BYTES) throw unreadableSound("its Opus stream has no whole head");
  const version = view.getUint8(8);
  if (version >> 4 !== 0) throw unreadableSound(`its Opus stream is of version ${version}; 0 to 15 are read`);
  const channels = view.getUint8(9);
  const family = view.getUint8(18);
  const streams = family === 0 ? 1 : packet[HEAD_BYTES];
  if (channels !== 1 && channels !== 2 || streams !== 1) {
    throw unreadableSound(
      `it is Ogg Opus with ${channels} channels of family ${family}; mono and stereo are read; ${
        convertWith(file)
      }`,
    );
  }
  return {
    channels,
    preSkip: view.getUint16(10, true),
    gain: 10 ** (view.getInt16(16, true) / 256 / 20),
  };
}

function beginsWith(bytes: Uint8Array, letters: string): boolean {
  for (let i = 0; i < letters.length; i++) if (bytes[i] !== letters.charCodeAt(i)) return false;
  return true;
}
