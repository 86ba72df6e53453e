import type { HeardPiece } from "./player.ts";

/** How many UTF-16 units of `text` were heard, where its pieces were played so; the last one in part, up to a word. */
export function heardChars(text: string, heard: readonly HeardPiece[]): number {
  let at = 0;
  for (const { piece, frames, taken, whole } of heard) {
    if (piece.text === "") continue;
    const start = text.indexOf(piece.text, at);
    if (start < 0) continue; // a fixed sentence, which is none of the answer
    const end = start + piece.text.length;
    if (!whole) return frames === 0 ? at : wordEnd(text, start, start + piece.text.length * frames / taken);
    at = end;
  }
  return at;
}

/** The end of the last whole word between `start` and `end`; Chinese is cut between any two characters. */
function wordEnd(text: string, start: number, end: number): number {
  const words = new Intl.Segmenter(undefined, { granularity: "word" }).segment(text.slice(start));
  let heard = start;
  for (const { index, segment } of words) {
    if (start + index + segment.length > end) break;
    heard = start + index + segment.length;
  }
  return heard;
}
