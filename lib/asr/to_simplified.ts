import { Converter } from "opencc-js/t2cn";
import type { ScriptConverter } from "./chinese_script.ts";

/**
 * What writes simplified characters. From Taiwan's characters, since that knows more variants than any other (著 and 着), and
 * leaves simplified ones and everybody's words as they are.
 */
export function converterTo(): ScriptConverter {
  return Converter({ from: "tw", to: "cn" });
}
