/** The speaker that a turn was attributed to. */
export interface MemorySpeaker {
  /** The id under which the voice is registered. */
  readonly id: string;
  /** What the speaker was called then. */
  readonly name: string;
  /** How alike the voices were; 1 is the same. */
  readonly score: number;
}

/** What was said in one turn. */
export interface MemoryEntry {
  /** Unique for ever: the same key is saved once, however often it is recorded. */
  readonly key: string;
  /** Who spoke: the device id, or the key of the connection of a device without one. */
  readonly deviceId: string;
  /** The session in which it was said. */
  readonly sessionId: string;
  /** The number of the turn within its session. */
  readonly turnId: number;
  /** When the words were known, in ms since 1970. */
  readonly atMs: number;
  /** The words; cut at 16,384 characters. */
  readonly text: string;
  /** Their language (BCP 47), where it is known. */
  readonly language?: string;
  /** Who said them, where the voice is known. */
  readonly speaker?: MemorySpeaker;
  /** How much sound the turn had, in ms. */
  readonly audioMs: number;
  /** How much of that was dropped before it was recognized, in ms. */
  readonly droppedMs: number;
}

/** Sixty seconds of speech are less than 2,000 characters. */
const MAX_TEXT_CHARS = 16_384;
const MAX_ID_CHARS = 256;

/**
 * The entry as the files can hold it, or `undefined` for one that they cannot: it would be retried for ever.
 * SQLite ends a text that it reads at the first NUL.
 */
export function storable(entry: MemoryEntry): MemoryEntry | undefined {
  const { key, deviceId, sessionId, turnId, atMs, text, language, speaker, audioMs, droppedMs } = entry;
  const ids = [key, deviceId, sessionId, language ?? "", speaker?.id ?? "", speaker?.name ?? ""];
  if (ids.some((id) => id.length > MAX_ID_CHARS || id.includes("\0"))) return undefined;
  if (![turnId, atMs, audioMs, droppedMs, speaker?.score ?? 0].every(Number.isFinite)) return undefined;
  return { ...entry, text: text.slice(0, MAX_TEXT_CHARS).replaceAll("\0", "") };
}
