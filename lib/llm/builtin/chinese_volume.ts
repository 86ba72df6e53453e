import type { VolumeChange } from "./phrasebook.ts";

const FIGURES = "零一二三四五六七八九";
const NUMBER = "(\\d{1,4}|[零一二两三四五六七八九十百]+)(?![点些下会格倍半\\d])";
/** A number that says how loud: what the volume is to be, or by how much it is to change. */
const LEVEL = new RegExp(`(?:[到为成至在是]|音量|声音)(?:百分之)?${NUMBER}`, "u");
const AMOUNT = new RegExp(`(?:[大小高低响轻加减]|增加|降低|减少|提高)了?(?:百分之)?${NUMBER}`, "u");
/** The quietest that can still be heard, in percent. */
const WHISPER_PERCENT = 10;

/** How the volume is to change; the words are simplified. */
export function chineseVolumeChange([words = ""]: readonly string[]): VolumeChange | undefined {
  if (/多少|大小|多大|是几/u.test(words)) return undefined;
  if (/(?:取消|解除|关闭|关掉|不要|别)静音/u.test(words)) return { direction: "to", percent: 50 };
  if (/静音/u.test(words)) return { direction: "to", percent: 0 };
  const level = LEVEL.exec(words)?.[1];
  if (level !== undefined) return { direction: "to", percent: Math.min(100, numberOf(level)) };
  if (/最[大响高]|满音量/u.test(words)) return { direction: "to", percent: 100 };
  if (/最[小低轻]/u.test(words)) return { direction: "to", percent: WHISPER_PERCENT };
  if (/一半|适中|中等/u.test(words)) return { direction: "to", percent: 50 };
  const direction = volumeDirection(words);
  const amount = AMOUNT.exec(words)?.[1];
  if (direction === undefined) return undefined;
  return { direction, ...(amount !== undefined && { percent: Math.min(100, numberOf(amount)) }) };
}

/** What is too loud is to be quieter, and the other way round. */
function volumeDirection(words: string): "up" | "down" | undefined {
  if (/(?:太|好|有点|这么|那么)(?:小|低|轻)/u.test(words)) return "up";
  if (/(?:太|好|有点|这么|那么)(?:大|高|响|吵)|吵/u.test(words)) return "down";
  if (/[小低轻减降]/u.test(words)) return "down";
  return /[大高响加增]/u.test(words) ? "up" : undefined;
}

/** A number up to a hundred, in figures or in characters. */
function numberOf(text: string): number {
  if (/^\d+$/u.test(text)) return Number(text);
  if (text.includes("百")) return 100;
  const figure = (character: string) => FIGURES.indexOf(character === "两" ? "二" : character);
  const [tens = "", ones = ""] = text.split("十");
  if (text.includes("十")) return (tens === "" ? 1 : figure(tens)) * 10 + (ones === "" ? 0 : figure(ones));
  return Number(Array.from(text, figure).join(""));
}
