/** How many letters and digits a stretch of text has: of Chinese, Japanese and Korean, and of the rest. */
export interface PieceSize {
  readonly cjk: number;
  readonly other: number;
}

/** From how much on a piece may end somewhere; the two add up in mixed text. */
export interface LeastSize {
  readonly cjk: number;
  readonly other: number;
}

/** Nothing yet. */
export const NO_SIZE: PieceSize = { cjk: 0, other: 0 };
/** For the end of any sentence: something to say. */
export const ANY_WORDS: LeastSize = { cjk: 1, other: 1 };
/** For a first piece that ends at a comma, so that the voice can begin. */
export const FIRST_AT_COMMA: LeastSize = { cjk: 5, other: 10 };
/** For every later piece. */
export const LATER: LeastSize = { cjk: 8, other: 20 };
/** For a later piece that ends at a comma: a long sentence must not keep the voice waiting. */
export const LATER_AT_COMMA: LeastSize = { cjk: 30, other: 75 };

/** Whether the size is at least that. */
export function reaches(size: PieceSize, least: LeastSize): boolean {
  return size.cjk / least.cjk + size.other / least.other >= 1;
}
