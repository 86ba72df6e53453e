import { ENGINE_SAMPLE_RATE_HZ, type Recognition } from "../contract.ts";
import { joinTexts } from "./join_texts.ts";
import { type Phrase, phrasesOf } from "./phrases.ts";

const SAMPLES_PER_MS = ENGINE_SAMPLE_RATE_HZ / 1_000;

/**
 * Silence before and after, in ms, with which a model is asked again that made nothing of sound: whether it finds a
 * single word may depend on it.
 */
const MARGINS_MS: readonly (readonly [before: number, after: number])[] = [[200, 200], [100, 100], [
  320,
  160,
]];

/** What is longer is more than a word or two, and nothing of it is no accident of its margins, in ms. */
const LONGEST_MS = 6_000;

/** So much quieter than the loudest phrase, one is not heard beside it, in dB. */
const DROWNED_DB = 15;

/** Recognizes one segment, 16 kHz mono. */
export type HearPart = (pcm: Int16Array) => Promise<Recognition>;

/**
 * Recognizes a segment with a model that hears one at a time, with what such models need: a phrase that is drowned by a
 * louder one, such as a whisper, is heard by itself, and where nothing is found, it is tried with other margins.
 */
export async function recognizePhrases(pcm: Int16Array, hear: HearPart): Promise<Recognition> {
  const parts = partsOf(pcm);
  const facts: Recognition[] = [];
  for (const part of parts) facts.push(await hearPart(part, hear));
  return {
    ...Object.assign({}, ...facts),
    text: joinTexts(facts.map(({ text }) => text)),
    inferenceMs: facts.reduce((sum, { inferenceMs }) => sum + inferenceMs, 0),
  };
}

async function hearPart(pcm: Int16Array, hear: HearPart): Promise<Recognition> {
  const facts = await hear(pcm);
  if (facts.text !== "") return facts;
  const phrases = phrasesOf(pcm);
  if (phrases.length === 0) return facts;
  for (const [beforeMs, afterMs] of MARGINS_MS) {
    const [start, end] = padded(phrases, beforeMs, afterMs);
    if (end - start > LONGEST_MS * SAMPLES_PER_MS) break;
    const again = await hear(cut(pcm, start, end));
    if (again.text !== "") return again;
  }
  return facts;
}

/** The segment, cut amid the pauses between phrases that are drowned and those that are not. */
function partsOf(pcm: Int16Array): readonly Int16Array[] {
  const phrases = phrasesOf(pcm);
  const leastDb = Math.max(...phrases.map(({ levelDb }) => levelDb)) - DROWNED_DB;
  const parts: Int16Array[] = [];
  let start = 0;
  for (const [index, { levelDb, end }] of phrases.entries()) {
    const next = phrases[index + 1];
    if (next === undefined || levelDb < leastDb === next.levelDb < leastDb) continue;
    const middle = (end + next.start) >> 1;
    parts.push(pcm.subarray(start, middle));
    start = middle;
  }
  return [...parts, pcm.subarray(start)];
}

function padded(phrases: readonly Phrase[], beforeMs: number, afterMs: number): readonly [number, number] {
  const start = (phrases[0]?.start ?? 0) - beforeMs * SAMPLES_PER_MS;
  const end = (phrases.at(-1)?.end ?? 0) + afterMs * SAMPLES_PER_MS;
  return [start, end];
}

/** The sound from `start` up to `end`, with silence where there is none. */
function cut(pcm: Int16Array, start: number, end: number): Int16Array {
  const part = new Int16Array(end - start);
  part.set(pcm.subarray(Math.max(0, start), end), Math.max(0, -start));
  return part;
}
