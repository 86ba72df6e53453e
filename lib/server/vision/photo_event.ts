/** How a photo can end. */
export const PHOTO_OUTCOMES = [
  "answered",
  "no_photo",
  "too_big",
  "long_question",
  "broken",
  "stalled",
  "failed",
  "late",
  "refused",
  "busy",
  "canceled",
] as const;

/** One of {@linkcode PHOTO_OUTCOMES}. */
export type PhotoOutcome = typeof PHOTO_OUTCOMES[number];

/** A photo came, and this became of it; not a word and not a byte of it is here. */
export interface PhotoEvent {
  readonly type: "photo";
  readonly outcome: PhotoOutcome;
  /** From the request to its answer, in ms. */
  readonly totalMs: number;
}
