import { ByteReader } from "../../audio/mod.ts";
import { serviceError, type ServiceName } from "../../service/mod.ts";
import { piecesOf } from "../body/sound_of_body.ts";

/** An Ogg page of one packet, and how a Vorbis stream's first packet begins. */
const HEAD_BYTES = 35;

/**
 * The bytes of an answer, unless they are Ogg Vorbis, of which `api.py` sends a file for every part of a text where it
 * streams and was not told otherwise: `tts.config`.
 */
export async function* withoutVorbis(
  bytes: AsyncIterable<Uint8Array>,
  service: ServiceName,
): AsyncGenerator<Uint8Array, void> {
  const reader = new ByteReader(bytes);
  try {
    const head = String.fromCharCode(...await reader.peek(4));
    if (head === "OggS" && String.fromCharCode(...await reader.peek(HEAD_BYTES)).endsWith("\x01vorbis")) {
      throw serviceError(service, "config", {
        detail: "it sends Ogg Vorbis, which is not read here: start api.py with -mt wav",
      });
    }
    yield* piecesOf(reader);
  } finally {
    await reader.close();
  }
}
