import { cardinal } from "./number_words.ts";
import type { Rule } from "./rule.ts";

const ENDINGS = "com|org|net|edu|gov|io|co|uk|de|fr|cn|info|biz|us|ca|au|tv|me|ly|ai|app|dev|local|eu";
/** Endings that are words; the others are spelled. */
const WORDS = /^(com|org|net|info|biz|app|dev|local)$/;

const PATH = String.raw`((?:\/[\w.-]+)*)\/?`;

/** Web, mail and network addresses. */
export const ADDRESSES: readonly Rule[] = [
  { pattern: /\b(?:https?|wss?|ftp):\/\/(?:www\.)?/gi, say: () => "" },
  { pattern: /\bwww\./gi, say: () => "" },
  {
    pattern: new RegExp(String.raw`\b([\w.+-]+)@([\w-]+(?:\.[\w-]+)+)`, "g"),
    say: (name = "", host = "") => `${sayName(name)} at ${sayHost(host)}`,
  },
  {
    pattern: new RegExp(String.raw`\b(localhost|(?:[\w-]+\.)+(?:${ENDINGS}))\b(?::(\d+))?${PATH}`, "gi"),
    say: (host = "", port = "", path = "") => sayHost(host) + sayPort(port) + sayPath(path),
  },
  {
    // Also versions.
    pattern: new RegExp(String.raw`\b(\d+(?:\.\d+){2,})\b(?::(\d+))?${PATH}`, "g"),
    say: (numbers = "", port = "", path = "") =>
      numbers.split(".").map(cardinal).join(" dot ") + sayPort(port) + sayPath(path),
  },
];

function sayPort(port: string): string {
  return port === "" ? "" : ` port ${cardinal(port)}`;
}

function sayPath(path: string): string {
  return path.replaceAll("/", " slash ").replaceAll(".", " dot ");
}

function sayName(name: string): string {
  return name.replaceAll(".", " dot ").replaceAll("_", " underscore ").replaceAll("-", " dash ");
}

function sayHost(host: string): string {
  return host.split(".").map((part, index) =>
    index > 0 && part.length <= 3 && !WORDS.test(part.toLowerCase()) ? part.toUpperCase() : sayName(part)
  ).join(" dot ");
}
