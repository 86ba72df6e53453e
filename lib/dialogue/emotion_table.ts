import { type Emotion, EMOTIONS } from "../protocol/mod.ts";

/** The emoji of each face, without variation selectors and skin tones; the first is the one that the firmware draws. */
const EMOJI_OF: Readonly<Record<Emotion, string>> = {
  neutral: "😶 😐 😑 🫥 😶‍🌫️",
  happy: "🙂 😊 😀 😃 😄 😁 ☺ 🥳 🤗 🎉 👍 👋 🌞 🙌 🎊 😺 😸 🌟 ✨ 👏",
  laughing: "😆 😹",
  funny: "😂 🤣",
  sad: "😔 😞 ☹ 🙁 😟 😢 🥺 😿 💔 😣 😖 😓 🤕 🤒 🤧 😷",
  angry: "😠 😡 🤬 😤 👿 💢 😾",
  crying: "😭",
  loving: "😍 🥰 ❤ 💕 💖 💗 💓 💞 💘 💝 😻 🧡 💛 💚 💙 💜 🫶 ❤‍🔥 ❤‍🩹 🤟",
  embarrassed: "😳 😅 🫣 🤭 🙈 😬 🫢 🤦",
  surprised: "😲 😮 😯 🤩 😦",
  shocked: "😱 😨 😰 😧 🤯 🙀 😵 🫨",
  thinking: "🤔 🧐 💭 🤨 💡",
  winking: "😉",
  cool: "😎 🕶",
  relaxed: "😌 😇 😮‍💨 🧘 🍵",
  delicious: "🤤 😋",
  kissy: "😘 😗 😚 😙 💋 😽",
  confident: "😏 💪 😼 🫡",
  sleepy: "😴 😪 🥱 💤 😫 😩",
  silly: "😜 😝 😛 🤪 🙃 🤓",
  confused: "🙄 😕 🫤 🤷 ❓ 😵‍💫 🥴",
};

/** Words of tags such as `[excited]`, besides the names of the faces. */
const WORDS_OF: Readonly<Partial<Record<Emotion, string>>> = {
  neutral: "calm serious normal 平静 中性 严肃",
  happy: "joy joyful glad smile smiling excited cheerful 开心 高兴 快乐 微笑 兴奋 愉快",
  laughing: "laugh laughs laughter 大笑 哈哈",
  funny: "amused humorous 搞笑 幽默",
  sad: "sadness unhappy sorry disappointed 难过 伤心 悲伤 失望",
  angry: "anger mad annoyed 生气 愤怒",
  crying: "cry cries tears 哭 哭泣 大哭",
  loving: "love affectionate 喜爱 爱 爱心",
  embarrassed: "shy awkward blush 尴尬 害羞",
  surprised: "surprise amazed 惊讶 吃惊",
  shocked: "shock scared fear afraid 震惊 害怕 恐惧",
  thinking: "think thoughtful pondering 思考",
  winking: "wink playful 眨眼 俏皮",
  cool: "酷 耍酷",
  relaxed: "relax peaceful 放松",
  delicious: "yummy hungry 美味 好吃",
  kissy: "kiss 亲亲",
  confident: "proud smug 自信 得意",
  sleepy: "tired yawn 困 困倦 疲惫",
  silly: "goofy crazy 调皮 搞怪",
  confused: "confusion puzzled 困惑 疑惑",
};

/** The face of each emoji that has one, as {@linkcode bareEmoji} gives it. */
export const EMOTION_OF_EMOJI: ReadonlyMap<string, Emotion> = new Map(
  EMOTIONS.flatMap((emotion) =>
    EMOJI_OF[emotion].split(" ").map((emoji) => [bareEmoji(emoji), emotion] as const)
  ),
);

/** The face of each word, in small letters. */
export const EMOTION_WORDS: ReadonlyMap<string, Emotion> = new Map(
  EMOTIONS.flatMap((emotion) =>
    [emotion, ...(WORDS_OF[emotion]?.split(" ") ?? [])].map((word) => [word, emotion] as const)
  ),
);

/** An emoji without variation selectors, skin tone and sex. */
export function bareEmoji(emoji: string): string {
  return emoji.replaceAll(/\ufe0f|\ufe0e|\p{Emoji_Modifier}|\u200d[♀♂]/gu, "");
}
