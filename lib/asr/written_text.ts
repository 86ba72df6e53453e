import { chineseScript, convertChinese, loadScript, type ScriptChoice } from "./chinese_script.ts";

/** Writes a text in the script of an agent; a language (BCP 47) with Han characters of its own is left alone. */
export type WriteText = (text: string, language: string | undefined) => string;

/**
 * How what an agent answers is written, whoever wrote it: as what is heard is. `undefined` where nothing is to be changed;
 * tables of characters are loaded otherwise.
 */
export function writeTextOf(
  { script, languages }: {
    /** The agent's `script`. */
    readonly script: ScriptChoice;
    /** The languages of the agent (BCP 47), the usual one first. */
    readonly languages: readonly [string, ...string[]];
  },
): Promise<WriteText> | undefined {
  const isChinese = (language: string) => chineseScript({ script: "auto", language }) !== undefined;
  const chosen = chineseScript({ script, language: languages.find(isChinese) ?? languages[0] });
  if (chosen === undefined) return undefined;
  return loadScript(chosen).then((convert) => (text, language) =>
    convertChinese(convert, { text, language })
  );
}
