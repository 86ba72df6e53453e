import type { Emotion } from "../protocol/mod.ts";
import { bareEmoji, EMOTION_OF_EMOJI, EMOTION_WORDS } from "./emotion_table.ts";

/** An emoji with all that is joined to it, or what stands in square brackets, as far as it is short. */
const SIGNS = /\p{RGI_Emoji}|\p{Extended_Pictographic}\ufe0f?|[\[【]([^\[\]【】\n]{1,24})[\]】]/gv;
const CODE = /`+[^`]*`*/g;

/** Reads from the pieces of one answer which face goes with them. */
export class EmotionReader {
  #last: Emotion | undefined;

  /**
   * The face that begins with a piece, where it is another than before; of the first piece always, `neutral` where it
   * has none. A piece without a sign keeps the face.
   */
  read(piece: string): Emotion | undefined {
    const emotion = emotionIn(piece) ?? (this.#last === undefined ? "neutral" : this.#last);
    if (emotion === this.#last) return undefined;
    this.#last = emotion;
    return emotion;
  }
}

/** The face of the first emoji or `[tag]` that has one. */
export function emotionIn(text: string): Emotion | undefined {
  for (const [sign, tag] of text.replaceAll(CODE, "").matchAll(SIGNS)) {
    const emotion = tag === undefined
      ? EMOTION_OF_EMOJI.get(bareEmoji(sign))
      : EMOTION_WORDS.get(tag.trim().toLowerCase()) ?? emotionIn(tag);
    if (emotion !== undefined) return emotion;
  }
  return undefined;
}
