import type { SentenceEnd } from "../../asr/mod.ts";
import { type AudioChunk, isSilentOpusPacket, loudnessOf } from "../../audio/mod.ts";

/** Hardly a word is quiet within for so long, nor a gap between two of a sentence, in ms. */
const PAUSE_MS = 300;
/** How much of a word may follow its end as a service tells it, in ms. */
const RESIDUE_MS = 180;
/** How much of the quiet before a word goes with it, in ms: its beginning may be too weak to be told from noise. */
const PAD_MS = 300;

/**
 * Speech is at least so loud, in dB to full scale, and so much louder than the quietest chunk. Either is low: a weak
 * syllable that is taken for quiet is lost, a noise that is taken for speech only makes a pause harder to find.
 */
const QUIETEST_SPEECH_DB = -50;
const RISE_DB = 5;
/** Where the loudest chunk is not so much louder than the quietest one, speech hides in noise, in dB. */
const LEAST_CONTRAST_DB = 15;

/** Neighboring chunks that are all loud or all quiet. */
interface Run {
  readonly loud: boolean;
  readonly chunks: readonly AudioChunk[];
}

/**
 * What of `held`, the newest sound, is the next utterance's, when one has ended by a sentence that a service told: from
 * the boundary on, all of which was told by then is the sentence. Empty where there is none: see {@linkcode findBoundary}.
 */
export function soundAfter(
  { nextSeq, restMs }: SentenceEnd,
  held: readonly AudioChunk[],
): readonly AudioChunk[] {
  let afterMs = 0;
  const said = restMs === undefined
    ? undefined
    : held.findLast(({ seq, durationMs }) => seq < nextSeq && (afterMs += durationMs) > restMs)?.seq ?? -1;
  const boundarySeq = findBoundary(held, said);
  // The service cannot have known the end by a pause that it was not given.
  return boundarySeq === undefined || boundarySeq > nextSeq
    ? []
    : held.filter(({ seq }) => seq >= boundarySeq);
}

/**
 * Where the next utterance begins, when one has ended by what a service said and somebody is speaking again by then: in
 * the pause before the word that is being said, so that it is heard whole, and by one stream's words alone. `chunks` is
 * the newest sound, the last chunk the last one that is known. `saidThroughSeq` is the last one of what the service
 * has recognized, where it tells; otherwise the longest pause is the one by which it knew the end.
 *
 * Gives the number of a chunk, or `undefined` where nobody speaks at the end, or no pause can be found: the sound was
 * not decoded and the device does not say what is silence (DTX), it is too noisy, or speech has not paused. In the
 * latter case what the service has recognized is the boundary, where it tells.
 */
export function findBoundary(chunks: readonly AudioChunk[], saidThroughSeq?: number): number | undefined {
  const runs = runsOf(chunks);
  const last = runs.at(-1);
  if (last === undefined || !last.loud && (runs.length === 1 || msOf(last.chunks) >= PAUSE_MS)) {
    return undefined;
  }
  const pause = saidThroughSeq === undefined ? longestPause(runs) : pauseAfter(saidThroughSeq, runs);
  if (typeof pause !== "object") return pause;
  return pause === last ? undefined : padded(pause.chunks);
}

function runsOf(chunks: readonly AudioChunk[]): readonly Run[] {
  const levels = chunks.map(({ pcm }) => loudnessOf(pcm));
  const quietestDb = Math.min(...levels);
  const decoded = chunks.some(({ pcm }) => pcm !== undefined);
  if (decoded && Math.max(...levels) < quietestDb + LEAST_CONTRAST_DB) return [];
  const leastDb = Math.max(QUIETEST_SPEECH_DB, quietestDb + RISE_DB);
  const runs: { readonly loud: boolean; readonly chunks: AudioChunk[] }[] = [];
  for (const [index, chunk] of chunks.entries()) {
    const loud = chunk.pcm === undefined ? !isSilentOpusPacket(chunk.opus) : (levels[index] ?? 0) >= leastDb;
    const run = runs.at(-1);
    if (run?.loud === loud) run.chunks.push(chunk);
    else runs.push({ loud, chunks: [chunk] });
  }
  return runs;
}

/** The last of the longest pauses between speech and speech: a shorter one had not ended the utterance. */
function longestPause(runs: readonly Run[]): Run | undefined {
  let longest: Run | undefined;
  for (const run of runs.slice(1, -1)) {
    const durationMs = msOf(run.chunks);
    if (!run.loud && durationMs >= PAUSE_MS && durationMs >= msOf(longest?.chunks)) longest = run;
  }
  return longest;
}

/** The pause after what was recognized, or where that ends if speech went on. */
function pauseAfter(saidThroughSeq: number, runs: readonly Run[]): Run | number | undefined {
  const index = runs.findIndex(({ chunks }) => (chunks.at(-1)?.seq ?? -1) > saidThroughSeq);
  const run = runs[index];
  const first = run?.chunks[0];
  // What comes first may already be a part of something: its beginning is not held any more.
  if (run === undefined || first === undefined || first.seq > saidThroughSeq && index === 0) return undefined;
  if (!run.loud) return run;
  const rest = run.chunks.filter(({ seq }) => seq > saidThroughSeq);
  const next = runs[index + 1];
  if (next !== undefined && msOf(rest) <= RESIDUE_MS) return next;
  const before = runs[index - 1];
  if (before !== undefined && msOf(before.chunks) >= PAUSE_MS) return before;
  return first.pcm === undefined ? undefined : saidThroughSeq + 1;
}

/** The first chunk of the end of a pause that goes with the word behind it. */
function padded(pause: readonly AudioChunk[]): number | undefined {
  let padMs = 0;
  return pause.findLast(({ durationMs }, index) => index === 0 || (padMs += durationMs) >= PAD_MS)?.seq;
}

/** How long chunks last together, in ms. */
export function msOf(chunks: readonly AudioChunk[] = []): number {
  return chunks.reduce((sum, { durationMs }) => sum + durationMs, 0);
}
