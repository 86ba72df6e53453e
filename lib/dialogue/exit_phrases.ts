import { bareText } from "../protocol/mod.ts";

/**
 * What ends a conversation unless told. Only what nobody says as an answer or a wish within one: no "thank you", "stop",
 * "good night", "that's all" or 没事了. 退出 and 关闭 are those of the Python server.
 */
// deno-fmt-ignore
const EXIT_PHRASES: readonly string[] = [
  "goodbye", "good bye", "bye", "bye bye", "bye now", "bye for now", "ok bye", "okay bye", "thanks bye", "thank you bye",
  "thank you goodbye", "goodbye for now", "see you", "see you later", "see you soon", "see you tomorrow", "see ya",
  "talk to you later", "exit", "quit", "end conversation", "end the conversation", "hang up",
  "退出", "关闭", "再见", "再见了", "再见啦", "好的再见", "好再见", "谢谢再见", "拜拜", "拜拜了", "拜拜啦", "拜拜咯", "拜拜喽",
  "好的拜拜", "谢谢拜拜", "回头见", "下次见", "明天见", "退下", "退下吧", "你退下吧", "你可以退下了", "结束对话", "结束聊天",
  "退出对话", "退出聊天", "关闭对话", "退出吧",
];

/** Tells a goodbye from anything else that somebody says: the whole of it has to be one of the phrases. */
export class ExitPhrases {
  readonly #phrases: ReadonlySet<string>;

  /** Those in English and Chinese unless told; compared without case, spaces and punctuation. */
  constructor(phrases: readonly string[] = EXIT_PHRASES) {
    // A phrase of punctuation alone would be equal to silence.
    this.#phrases = new Set(phrases.map(bareText).filter((phrase) => phrase !== ""));
  }

  /** Whether what was said ends the conversation. */
  has(text: string): boolean {
    return this.#phrases.has(bareText(text));
  }
}
