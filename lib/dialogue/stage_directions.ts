import { EMOTION_WORDS } from "./emotion_table.ts";

/** How a person acts or sounds, without the ending. */
// deno-fmt-ignore
const ACTS = [
  "laugh", "smil", "sigh", "chuckl", "giggl", "wink", "nod", "paus", "whisper", "cough", "gasp", "shrug", "grin", "wav", "blush",
  "cry", "cries", "sob", "yawn", "clap", "cheer", "hum", "sing", "snicker", "smirk", "frown", "groan", "gulp", "sniff", "pout",
  "hug", "beam", "bow", "thinking", "clears? (?:my |his |her |its |their )?throat", "clearing (?:my |his |her |its )?throat",
  "takes? a (?:deep )?breath", "tilts? (?:my |his |her |its )?head", "deep breath", "rolls? (?:my |his |her |its )?eyes",
].join("|");
const ACT = `(?:${ACTS})(?:s|es|e|ed|ing|[bdgmnp]ing|[bdgmnp]ed)?`;
const MANNERS =
  "softly|gently|quietly|excitedly|cheerfully|happily|sadly|warmly|playfully|thoughtfully|laughter|applause|music|silence";
const TAIL =
  "\\p{L}+ly|out loud|a (?:bit|little)|to (?:my|him|her|it)self|at you|in agreement|with (?:joy|delight|excitement)";
const ENGLISH = new RegExp(
  `^(?:${MANNERS}|(?:\\p{L}+ly )?${ACT}(?:,? (?:${TAIL}|and (?:\\p{L}+ly )?${ACT}))*)[.!~]?$`,
  "iu",
);
/** Whatever follows the act: for words in asterisks, which are seldom anything else. */
const ENGLISH_FREE = new RegExp(
  `^(?:\\p{L}+ly )?(?:${ACTS})(?:s|es|ing|[bdgmnp]ing)(?: [\\p{L}'’,]+){0,8}[.!~]?$`,
  "iu",
);
const CHINESE =
  /^(?:(?:微|大|偷|苦|坏|轻|傻|哈哈|呵呵|嘿嘿|轻轻|开心|温柔|无奈|害羞|俏皮|调皮|认真|缓缓|慢慢|悄悄|小声|轻声)(?:地|的)?)*(?:笑|微笑|大笑|叹气|叹了?口气|眨眼|眨眨眼|眨了眨眼|点头|点点头|摇头|摇摇头|挥手|挥挥手|鼓掌|拍手|沉默|停顿|清嗓子|清了清嗓子|咳嗽|咳|思考|沉思|想了想|耸肩|拥抱|抱抱|脸红|歪头|摊手|哭|轻声|小声|悄悄话|温柔|开心|害羞|捂脸|吐舌|吐舌头|打哈欠|深呼吸|哼歌|说)(?:着|了|地|一下|了笑|声|道|起来)*$/u;
const TAG = /^[a-z][a-z_-]{0,23}(?::[a-z0-9._-]{1,24})?$/;

/**
 * Whether words in brackets say how something is said, such as "laughs" or 微笑. Words in asterisks may go on as they
 * like: "smiles at the cat".
 */
export function isStageDirection(words: string, options: { readonly isStarred?: boolean } = {}): boolean {
  const bare = words.trim().replace(/[。！~～…]+$/u, "");
  if (bare.length > 60) return false;
  return ENGLISH.test(bare) || CHINESE.test(bare) || (options.isStarred === true && ENGLISH_FREE.test(bare));
}

/** Whether the words of square brackets are for the voice or the face, such as `happy` or `uv_break`. */
export function isTag(words: string): boolean {
  const bare = words.trim();
  return TAG.test(bare) || EMOTION_WORDS.has(bare.toLowerCase()) || isStageDirection(bare);
}
