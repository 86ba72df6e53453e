import type { LlmRequest, LlmToolCall } from "../contract.ts";
import { changeCall, changedTo, stepsOfNow, volumeTool } from "./change_volume.ts";
import { chinese } from "./chinese.ts";
import { english } from "./english.ts";
import { momentOf } from "./moment.ts";
import { anyFits, type Intent, type Phrasebook, type VolumeChange } from "./phrasebook.ts";

/** So much of a question is looked at, in UTF-16 units; nobody says more to a clock. */
const MAX_QUESTION_CHARS = 500;
/** So much of it is repeated where it was not understood. */
const MAX_HEARD_CHARS = 120;
/** So many answers are given to what was said in one go. */
const MAX_ANSWERS = 3;

const HAN = /\p{Script=Han}/u;
const OTHER_LETTERS = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;
const LATIN = /\p{Script=Latin}/u;
/** What is said beside a question, and needs no answer then. */
const ASIDE = new Set<Intent>(["greeting", "thanks", "stop", "hearing"]);

/** When and where a question is asked. */
export interface Now {
  /** In ms since 1970. */
  readonly wallMs: number;
  /** By its name. */
  readonly timeZone: string;
}

/** An answer to one part of a question. */
interface Reply {
  readonly text: string;
  /** Whether it is left out beside another one. */
  readonly aside: boolean;
  /** How the volume has to change before it is true. */
  readonly change?: VolumeChange;
}

/** What is looked at of a request. */
export type BuiltinRequest = Pick<
  LlmRequest,
  "question" | "history" | "language" | "tools" | "toolsClosed" | "steps"
>;

/** The tool that has to be called before the question can be answered, if any. */
export function callFor(request: BuiltinRequest, now: Now): LlmToolCall | undefined {
  const tool = volumeTool(request);
  if (tool === undefined || request.toolsClosed === true || stepsOfNow(request).length > 0) {
    return undefined;
  }
  const text = questionOf(request);
  const book = phrasebookFor(text, request.language);
  if (book.sayAfterMe(text) !== undefined) return undefined;
  const replies = repliesTo(text, { book, now, lastSaid: undefined, request });
  const change = replies.find((reply) => reply.change !== undefined)?.change;
  return change === undefined ? undefined : changeCall(tool, change);
}

/** Answers without a model: what it is asked, the conversation, and the clock decide. */
export function answerQuestion(request: BuiltinRequest, now: Now): string {
  const { history, language } = request;
  const text = questionOf(request);
  const book = phrasebookFor(text, language);
  if (!/[\p{L}\p{N}]/u.test(text)) return book.noWords;
  const words = book.sayAfterMe(text);
  if (words !== undefined) return words;
  const lastSaid = history.findLast(({ role, content }) => role === "assistant" && content.trim() !== "")
    ?.content;
  const replies = repliesTo(text, { book, now, lastSaid, request });
  if (replies.length === 0) {
    return book.notUnderstood(excerpt(text), { volume: volumeTool(request) !== undefined });
  }
  const answers = replies.some(({ aside }) => !aside)
    ? replies.filter(({ aside }) => !aside)
    : replies.slice(-1);
  return [...new Set(answers.map((reply) => reply.text))].slice(0, MAX_ANSWERS).join(book.separator);
}

function questionOf({ question }: BuiltinRequest): string {
  return question.slice(0, MAX_QUESTION_CHARS).toWellFormed().trim();
}

/** The language of a question, by its letters; where they tell nothing, the speaker's. */
function phrasebookFor(text: string, language: string): Phrasebook {
  const isChinese = language.toLowerCase().split("-")[0] === "zh";
  if (OTHER_LETTERS.test(text)) return isChinese ? chinese : english;
  if (HAN.test(text)) return chinese;
  return LATIN.test(text) || !isChinese ? english : chinese;
}

interface Given {
  readonly book: Phrasebook;
  readonly now: Now;
  readonly lastSaid: string | undefined;
  readonly request: BuiltinRequest;
}

/** The whole first, then its sentences, then what commas part: what was said in one go may be several things. */
function repliesTo(text: string, given: Given): readonly Reply[] {
  const sentences = text.split(/(?<=[.!?。！？;；\n])/u);
  return sentences.flatMap((sentence) => {
    const whole = replyTo(sentence, given);
    if (whole !== undefined) return [whole];
    return sentence.split(/[,，、]+/u).flatMap((part) => replyTo(part, given) ?? []);
  });
}

function replyTo(text: string, { book, now, lastSaid, request }: Given): Reply | undefined {
  const plain = book.plain(text);
  if (plain.every((words) => words === "")) return undefined;
  const isAgain = book.intents.some(([intent, pattern]) => intent === "again" && anyFits(pattern, plain));
  if (isAgain) return { text: lastSaid ?? book.nothingSaid, aside: false };
  const told = tell(plain, { book, now });
  if (told !== undefined) return { text: told, aside: false };
  const said = book.say(text);
  if (said !== undefined) return { text: said, aside: false };
  for (const [intent, pattern] of book.intents) {
    if (intent !== "again" && anyFits(pattern, plain)) {
      if (intent === "volume") return volumeReply(plain, book, request);
      return { text: book.replies[intent], aside: ASIDE.has(intent) };
    }
  }
  return undefined;
}

/** What came of a change of the volume, once it was tried. */
function volumeReply(plain: readonly string[], book: Phrasebook, request: BuiltinRequest): Reply {
  if (volumeTool(request) === undefined) return { text: book.replies.volume, aside: false };
  const change = book.volumeChange(plain);
  if (change === undefined) return { text: book.volumeHow, aside: false };
  const percent = changedTo(request);
  return { text: percent === undefined ? book.volumeFailed : book.volumeIs(percent), aside: false, change };
}

/** The time, the date, or both. */
function tell(plain: readonly string[], { book, now }: Pick<Given, "book" | "now">): string | undefined {
  if (book.intents.some(([intent, pattern]) => intent === "lunar" && anyFits(pattern, plain))) {
    return undefined;
  }
  const [time, date] = [book.asksTime(plain), book.asksDate(plain)];
  const parts = [
    ...(time === "elsewhere" ? [book.onlyHere] : []),
    ...(time === undefined ? [] : [book.time(momentOf(now.wallMs, now))]),
    ...(date === undefined ? [] : [book.date(momentOf(now.wallMs, { ...now, days: date.days }), date)]),
  ];
  return parts.length === 0 ? undefined : parts.join(book.separator);
}

/** The beginning of what was heard, without its last punctuation. */
function excerpt(text: string): string {
  const words = text.replaceAll(/\s+/g, " ").replace(/[\s.!?。！？,，;；:：…]+$/u, "");
  if (words.length <= MAX_HEARD_CHARS) return words;
  return `${words.slice(0, MAX_HEARD_CHARS).toWellFormed().replace(/\uFFFD$/u, "").trimEnd()}…`;
}
