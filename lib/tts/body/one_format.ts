import { mp3MagicBytes } from "../../audio/mod.ts";
import { jsonOf, serviceError, type ServiceName } from "../../service/mod.ts";
import { type BodyKind, bodyKindOf, HEAD_BYTES } from "./body_kind.ts";

/** The longest message that may be an error instead of sound, in bytes. */
const MAX_ERROR_BYTES = 65_536;

/**
 * Sound that comes message by message, of which none may begin as another format than the first: what changes it would
 * be played as noise.
 *
 * @throws {EarshotError} `protocol` of the service's family where a message begins as another format, or is JSON
 */
export async function* oneFormat(
  service: ServiceName,
  messages: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  let first: BodyKind | undefined;
  for await (const bytes of messages) {
    if (bytes.length === 0) continue;
    if (first === undefined) first = bodyKindOf(headOf(bytes), "");
    else {
      const kind = clearKindOf(bytes);
      if (kind !== undefined && kind !== first) {
        throw serviceError(service, "protocol", { detail: words(kind) });
      }
    }
    yield bytes;
  }

  function words(kind: BodyKind): string {
    return kind === "error" ? "it sends text amid its sound" : `its sound turns from ${first} to ${kind}`;
  }
}

function headOf(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, Math.max(HEAD_BYTES, mp3MagicBytes(bytes)));
}

/** What a message is that cannot be the next part of any sound: samples may look like a few letters, or like a frame. */
function clearKindOf(bytes: Uint8Array): BodyKind | undefined {
  const kind = bodyKindOf(headOf(bytes), "");
  switch (kind) {
    case "wav":
    case "ogg":
      return kind;
    case "mp3":
      return bytes.length >= mp3MagicBytes(bytes) && !isOddTag(bytes) ? kind : undefined;
    case "error":
      return isJson(bytes) ? kind : undefined;
    default:
      return undefined;
  }
}

/** What begins as a tag of MP3, of a version that there is not. */
function isOddTag([first, , , version = 0, revision]: Uint8Array): boolean {
  return first === "I".charCodeAt(0) && (version < 2 || version > 4 || revision !== 0);
}

function isJson(bytes: Uint8Array): boolean {
  if (bytes[0] !== "{".charCodeAt(0) || bytes.length > MAX_ERROR_BYTES) return false;
  return jsonOf(new TextDecoder().decode(bytes)) !== undefined;
}
