import { Converter } from "opencc-js/cn2t";
import type { ChineseScript, ScriptConverter } from "./chinese_script.ts";

/** What writes traditional characters, as in Taiwan or in Hong Kong; everybody's words stay as they are. */
export function converterTo(script: ChineseScript): ScriptConverter {
  return Converter({ from: "cn", to: script });
}
