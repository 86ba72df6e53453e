import type { ByteReader } from "./byte_reader.ts";
import { convertWith } from "./convert_command.ts";
import { OggPageReader } from "./ogg_pages.ts";
import { isOpusHead, otherCodecOf, readOpusHead } from "./opus_head.ts";
import { OpusLink } from "./opus_link.ts";
import { type ReadSoundOptions, type SoundFile, type SoundPiece, unreadableSound } from "./sound_file.ts";

/** What Opus is decoded to unless another rate is asked for. */
const RATE_HZ = 16_000;

/** What Ogg begins with. */
export const OGG_MAGIC = "OggS";

/**
 * Opens an Ogg Opus file at its beginning (RFC 7845): mono or stereo, one stream after the other, also beside streams
 * of another kind. Pages that are damaged or missing cost what is on them.
 *
 * @throws {EarshotError} `audio.invalid_wav`, saying what is wrong and what would be right
 */
export async function openOggOpusFile(reader: ByteReader, options: ReadSoundOptions): Promise<SoundFile> {
  const pages = new OggPageReader(reader);
  let codec: string | undefined;
  let found = false;
  for (let page = await pages.next(); page?.first === true; page = await pages.next()) {
    const [packet = new Uint8Array(0)] = page.parts;
    if (isOpusHead(packet)) {
      const { opusRateHz: sampleRateHz = RATE_HZ } = options;
      const link = new OpusLink(page, { ...readOpusHead(packet, options.file), sampleRateHz });
      return { sampleRateHz, float: false, pieces: readPieces(pages, link, options) };
    }
    codec ??= otherCodecOf(packet);
    found = true;
  }
  if (!found) throw unreadableSound("it is an Ogg whose beginning is damaged or missing: get it anew");
  throw unreadableSound(`it is ${codec ?? "an Ogg without Opus"}; ${convertWith(options.file)}`);
}

async function* readPieces(
  pages: OggPageReader,
  first: OpusLink,
  { file, remark, opusRateHz: sampleRateHz = RATE_HZ }: ReadSoundOptions,
): AsyncGenerator<SoundPiece> {
  let link = first;
  let lost = 0;
  let decoded = false;
  /** Whether a stream of which nothing was read yet may only be another one beside this. */
  let heads = true;
  try {
    for (let page = await pages.next(); page !== undefined; page = await pages.next()) {
      const [packet = new Uint8Array(0)] = page.parts;
      if (page.first && !heads && isOpusHead(packet)) {
        const head = readOpusHead(packet, file);
        lost += link.close();
        link = new OpusLink(page, { ...head, sampleRateHz });
      }
      heads = page.first;
      if (page.first || page.serial !== link.serial) continue;
      const { serial } = link;
      const piece = link.read(page, () => pages.nextAtHand(serial));
      if (piece !== undefined) yield piece;
      piece?.settle();
      decoded ||= link.decoded;
    }
  } finally {
    lost += link.close();
  }
  if (!decoded && lost > 0) throw unreadableSound("none of its Opus packets can be decoded");
  if (lost > 0) remark?.(`${lost} parts of it are damaged or missing: the rest is read`);
  if (!link.ended) remark?.("it is cut short: its last page is missing");
}
