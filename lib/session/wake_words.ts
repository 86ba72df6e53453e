import { bareText } from "../protocol/mod.ts";

/** The wake words of the firmware's models, as devices tell them. */
// deno-fmt-ignore
const FIRMWARE_WAKE_WORDS: readonly string[] = [
  "你好小智", "小智", "小智小智", "嗨小智", "Hi ESP", "Hi 乐鑫", "Hi Lexin", "Hi Jason", "Alexa", "Jarvis", "Computer",
  "Sophia", "Mycroft", "Astrolabe", "Blue Chip", "Hi M Five", "Hey Willow", "Hey Printer", "Hey Wanda", "Hey Wand",
  "Hey Ily", "Hey Ivy", "Hi Joy", "Hi Jolly", "Hi Fairy", "Hi Andy", "Hi Wall E", "Hi Lily", "Hi 莉莉", "Hi Telly",
  "Hi 泰力", "Hi 小星", "Hi 喵喵", "Hi 小巫", "嗨小巫", "嗨小欧", "你好喵伴", "你好小鑫", "你好小益", "你好百应", "你好东东",
  "你好小安", "你好小脉", "你好小瑞", "小爱同学", "小美同学", "小宇同学", "小明同学", "小康同学", "喵喵同学", "小龙小龙",
  "小滨小滨", "小冰小冰", "小鸭小鸭", "小箭小箭", "小特小特", "小鹿小鹿", "璃奈板", "小酥肉",
];

/** Tells a wake word from a message that somebody typed: devices send both in the same way. */
export class WakeWords {
  readonly #words: ReadonlySet<string>;

  /** Those that firmware ships unless told; compared without case, spaces and punctuation. */
  constructor(words: readonly string[] = FIRMWARE_WAKE_WORDS) {
    this.#words = new Set(words.map(bareText));
  }

  /** Whether the text is one of them. */
  has(text: string): boolean {
    return this.#words.has(bareText(text));
  }
}
