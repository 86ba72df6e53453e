import type { SentenceFacts } from "../wire_stream.ts";

const LANGUAGES = new Set(["zh", "en", "yue", "ja", "ko"]);
const EMOTIONS = new Set(["HAPPY", "SAD", "ANGRY", "NEUTRAL", "FEARFUL", "DISGUSTED", "SURPRISED"]);

/**
 * Takes the tags out of what SenseVoice heard, such as `<|zh|><|NEUTRAL|><|Speech|>`, and reads what
 * they say. White space stays: in a piece of a sentence it has a meaning.
 */
export function readSenseVoiceTags(tagged: string): SentenceFacts {
  let language: string | undefined;
  let emotion: string | undefined;
  const text = tagged.replaceAll(/<\|([^|<>]*)\|>/g, (_whole, tag: string) => {
    if (LANGUAGES.has(tag)) language = tag;
    else if (EMOTIONS.has(tag)) emotion = tag.toLowerCase();
    return "";
  });
  return { text, ...(language !== undefined && { language }), ...(emotion !== undefined && { emotion }) };
}
