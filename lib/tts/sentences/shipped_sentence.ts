import { createHash } from "node:crypto";
import { readOpusPackets } from "../../audio/mod.ts";
import { embeddedPath, readWhole } from "../../executable/mod.ts";
import { type SentenceLanguage, shippedTexts } from "./sentences.ts";

/** How long each packet of a sentence that ships sounds, in ms. */
export const SENTENCE_FRAME_MS = 60;
/** What a sentence that ships was encoded from, in Hz; mono. */
export const SENTENCE_RATE_HZ = 24_000;

/** What ships, by language. */
const texts = new Map<SentenceLanguage, ReadonlySet<string>>();
/** What was read, by file: at most everything that ships, 0.5 MB. */
const read = new Map<string, Promise<readonly Uint8Array<ArrayBuffer>[] | undefined>>();

/**
 * The sound of a sentence that ships with Earshot, found by its exact text: Opus packets of 24 kHz mono, 60 ms each, at
 * the loudness of everything that is spoken. It needs no service, no model and no network. `undefined` for any other
 * text, and where the file is not there. All callers share the packets: do not change them.
 *
 * @throws {EarshotError} `audio.invalid_wav` for a damaged file
 */
export function shippedSentence(
  text: string,
  language: SentenceLanguage,
): Promise<readonly Uint8Array<ArrayBuffer>[] | undefined> {
  let known = texts.get(language);
  if (known === undefined) texts.set(language, known = new Set(shippedTexts(language)));
  if (!known.has(text)) return Promise.resolve(undefined);
  const file = sentenceFile(text, language);
  let packets = read.get(file);
  if (packets === undefined) {
    packets = readSentence(file);
    read.set(file, packets);
    // The next one who asks tries again.
    packets.catch(() => read.delete(file));
  }
  return packets;
}

/**
 * The file of a sentence, from this folder: its language, and the first 12 hex digits of its text's SHA-256. An Ogg Opus
 * file for each, which any player plays, and a change of one sentence is a change of one file.
 */
export function sentenceFile(text: string, language: SentenceLanguage): string {
  return `${language}/${createHash("sha256").update(text).digest("hex").slice(0, 12)}.opus`;
}

async function readSentence(file: string): Promise<readonly Uint8Array<ArrayBuffer>[] | undefined> {
  try {
    const path = embeddedPath(`sentences/${file}`) ?? `${import.meta.dirname}/${file}`;
    return await readOpusPackets(await readWhole(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
