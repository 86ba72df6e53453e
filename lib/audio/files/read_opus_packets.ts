import { ByteReader } from "./byte_reader.ts";
import { OggPacketAssembler } from "./ogg_packets.ts";
import { OggPageReader } from "./ogg_pages.ts";
import { isOpusHead, isOpusTags, readOpusHead } from "./opus_head.ts";
import { unreadableSound } from "./sound_file.ts";

/**
 * The packets of an Ogg Opus file that is held whole, undecoded and without its two heads: a copy of each. The file has
 * one stream, as {@linkcode OggOpusMuxer} writes it.
 *
 * @throws {EarshotError} `audio.invalid_wav` for another kind of file, a damaged one, and one that is cut short
 */
export async function readOpusPackets(file: Uint8Array): Promise<readonly Uint8Array<ArrayBuffer>[]> {
  const pages = new OggPageReader(new ByteReader(onePiece(file)));
  const first = await pages.next();
  const [head = new Uint8Array(0)] = first?.parts ?? [];
  if (first === undefined || !isOpusHead(head)) throw unreadableSound("it is no Ogg Opus");
  readOpusHead(head, undefined);
  const assembler = new OggPacketAssembler(first.sequence + 1);
  const packets: Uint8Array<ArrayBuffer>[] = [];
  let ended = first.last;
  for (let page = await pages.next(); page !== undefined; page = await pages.next()) {
    if (page.serial !== first.serial) throw unreadableSound("it has more than one stream");
    for (const packet of assembler.push(page)) if (!isOpusTags(packet)) packets.push(packet.slice());
    ended = page.last;
  }
  if (assembler.lost > 0 || !ended) throw unreadableSound("its Ogg pages are damaged or missing");
  return packets;
}

/** Bytes that are there as the source of a reader. */
async function* onePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
