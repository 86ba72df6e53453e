import { isChinese } from "./prompt_words.ts";

/** The words with which a summary is asked for. */
export interface SummaryWords {
  readonly instructions: (maxChars: number) => string;
  readonly before: string;
  readonly none: string;
  readonly since: string;
  readonly ask: string;
  readonly user: (text: string) => string;
  readonly answer: (text: string) => string;
}

const ENGLISH: SummaryWords = {
  instructions: (maxChars) =>
    "You keep the notes of a voice assistant about the people it talks with. Write the notes anew from those before and " +
    `what was said since, in English, plain text, at most ${maxChars} characters. Keep what will matter later: names, ` +
    "people, preferences, plans with their dates, what was agreed or left open. Leave out small talk and what is over. " +
    "Add nothing that was not said. Write the notes and nothing else.",
  before: "Notes before:",
  none: "(none)",
  since: "Said since:",
  ask: "Write the new notes.",
  user: (text) => `User: ${text}`,
  answer: (text) => `Assistant: ${text}`,
};

const CHINESE: SummaryWords = {
  instructions: (maxChars) =>
    "你为一个语音助手做笔记，记录它与之交谈的人。根据之前的笔记和之后的谈话重新写一份笔记，用中文，纯文本，" +
    `最多${maxChars}个字符。保留以后有用的内容：名字、人物、喜好、带日期的计划、约定或未完成的事。` +
    "不写闲聊和已经过去的事，不添加没有说过的内容。只写笔记，不写别的。",
  before: "之前的笔记：",
  none: "（无）",
  since: "之后的谈话：",
  ask: "请写新的笔记。",
  user: (text) => `用户：${text}`,
  answer: (text) => `助手：${text}`,
};

/** The words for notes in this language (BCP 47): Chinese ones for Chinese, else English ones. */
export function summaryWords(language: string): SummaryWords {
  return isChinese(language) ? CHINESE : ENGLISH;
}
