import { bareText } from "../protocol/mod.ts";
import type { PendingCall } from "../tools/mod.ts";
import { cleanLine } from "./readable_text.ts";
import { isChinese } from "./prompt_words.ts";

/** What means yes, alone or after one another. */
// deno-fmt-ignore
const YES = bareWords([
  "yes", "yeah", "yep", "yup", "sure", "ok", "okay", "do it", "do that", "go ahead", "confirm", "confirmed", "of course",
  "absolutely", "right", "correct", "i do", "i am sure", "im sure", "thats right",
  "是", "是的", "对", "对的", "好", "好的", "可以", "行", "确定", "确认", "没错", "嗯", "要", "当然", "没问题", "执行", "做吧", "去吧",
]);
/** What may stand beside a yes, and means nothing by itself. */
const BESIDE = bareWords(["please", "thanks", "thank you", "请", "谢谢", "吧", "了", "啊", "哦"]);

const MAX_TITLE_CHARS = 80;
const MAX_VALUES_CHARS = 80;

/** Whether the whole of what was said is a yes. Decided here, since a model could be talked into one. */
export function isYes(text: string): boolean {
  let rest = bareText(text);
  let yes = false;
  while (rest !== "") {
    const word = [...YES, ...BESIDE].find((one) => rest.startsWith(one));
    if (word === undefined) return false;
    yes ||= YES.includes(word);
    rest = rest.slice(word.length);
  }
  return yes;
}

/** The longest first: one may begin with another. */
function bareWords(words: readonly string[]): readonly string[] {
  return words.map(bareText).sort((one, other) => other.length - one.length);
}

/** What somebody is asked before a tool does something that is hard to undo: the tool, and what it is given. */
export function askBack(
  { tool, args }: Pick<PendingCall, "tool"> & { readonly args: Readonly<Record<string, unknown>> },
  language: string,
): string {
  const title = cleanLine(tool.title ?? tool.name.replaceAll(/[._]+/g, " "), MAX_TITLE_CHARS);
  const values = cleanLine(
    Object.values(args).map(plain).filter((text) => text !== "").join(", "),
    MAX_VALUES_CHARS,
  );
  const what = values === "" ? title : `${title}: ${values}`;
  return isChinese(language)
    ? `真的要执行“${what}”吗？要的话请说“确定”。`
    : `Shall I really do this: ${what}? If so, say yes.`;
}

function plain(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}
