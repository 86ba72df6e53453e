import {
  chineseScript,
  convertChinese,
  loadScript,
  type ScriptChoice,
  type ScriptConverter,
} from "./chinese_script.ts";
import type { AsrCapabilities } from "./contract.ts";
import { dropNoiseMarks } from "./noise_marks.ts";

/** Makes the text that is shown of the one that a recognizer gave, in whole or in part; `""` where it holds no word. */
export type ReadText = (
  text: string,
  facts?: {
    /** The language that was heard, where it is told. */
    readonly language?: string | undefined;
  },
) => string;

/** What decides how texts are read. */
export interface ReadTextOptions {
  /** `asr.script`. */
  readonly script: ScriptChoice;
  /** The language of the speakers (BCP 47). */
  readonly language: string;
  /** Of the recognizer. */
  readonly capabilities: Pick<AsrCapabilities, "marksNoise">;
}

/**
 * How texts of a recognizer are read, whoever shows them: noise that a model writes down is dropped, and Chinese is
 * written in one script. A promise only where tables of characters have to be loaded.
 */
export function readTextOf(options: ReadTextOptions): ReadText | Promise<ReadText> {
  const clean = options.capabilities.marksNoise === true ? dropNoiseMarks : (text: string) => text;
  const script = chineseScript(options);
  if (script === undefined) return clean;
  return loadScript(script).then((convert: ScriptConverter) => (text, { language } = {}) =>
    convertChinese(convert, { text: clean(text), language })
  );
}
