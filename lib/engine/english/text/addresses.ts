import type { Rule } from "./rule.ts";

const ENDINGS = "com|org|net|edu|gov|io|co|uk|de|fr|cn|info|biz|us|ca|au|tv|me|ly|ai|app|dev|local|eu";
/** Endings that are words; the others are spelled. */
const WORDS = /^(com|org|net|info|biz|app|dev|local)$/;

/** Web and mail addresses. */
export const ADDRESSES: readonly Rule[] = [
  { pattern: /\b(?:https?|wss?|ftp):\/\/(?:www\.)?/gi, say: () => "" },
  { pattern: /\bwww\./gi, say: () => "" },
  {
    pattern: new RegExp(String.raw`\b([\w.+-]+)@([\w-]+(?:\.[\w-]+)+)`, "g"),
    say: (name = "", host = "") => `${sayName(name)} at ${sayHost(host)}`,
  },
  {
    pattern: new RegExp(String.raw`\b((?:[\w-]+\.)+(?:${ENDINGS}))\b((?:\/[\w.-]+)*)\/?`, "gi"),
    say: (host = "", path = "") => sayHost(host) + path.replaceAll("/", " slash ").replaceAll(".", " dot "),
  },
];

function sayName(name: string): string {
  return name.replaceAll(".", " dot ").replaceAll("_", " underscore ").replaceAll("-", " dash ");
}

function sayHost(host: string): string {
  return host.split(".").map((part, index) =>
    index > 0 && part.length <= 3 && !WORDS.test(part.toLowerCase()) ? part.toUpperCase() : sayName(part)
  ).join(" dot ");
}
