import type { VolumeChange } from "./phrasebook.ts";

const NUMBERS = new Map(
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
    .split(" ").map((word, value): [string, number] => [word, value]),
);
const TENS = new Map(
  "twenty thirty forty fifty sixty seventy eighty ninety".split(" ")
    .map((word, index): [string, number] => [word, 20 + 10 * index]),
);
const NUMBER = `(?:\\d{1,4}|(?:a |one )?hundred|(?:${[...TENS.keys()].join("|")})(?: (?:${
  [...NUMBERS.keys()].slice(1, 10).join("|")
}))?|${[...NUMBERS.keys()].join("|")})`;
/** A number that says how loud; in other places it may count anything. */
const AMOUNT = new RegExp(
  `\\b(to|at|by|volume|level|up|down|louder|quieter|softer)(?: about| around| level)? (${NUMBER})\\b|\\b()(${NUMBER}) percent\\b`,
);
const LOUDEST = /\b(?:max|maximum|full|loudest|highest|all the way up|as loud as)\b/;
const QUIETEST = /\b(?:min|minimum|lowest|quietest|all the way down|as quiet as|as low as)\b/;
const DOWN =
  /\b(?:too loud|(?:not|less|isnt|so) (?:so |that |as )?loud|down|quieter|quietly|softer|softly|lower|decrease|reduce|less)\b/;
const UP = /\b(?:too quiet|too soft|too low|up|louder|loud|raise|increase|higher|more)\b/;
const VOLUME =
  /\b(?:volume|louder|quieter|softer|mute|unmute|loud)\b|\btoo (?:loud|quiet)\b|\bturn (?:it|that|this|yourself|the sound) (?:up|down)\b|\bturn (?:up|down)\b|\bspeak (?:up|softly|lower)\b/;
const NOT_VOLUME =
  "^(?!.*\\b(?:lights?|lamps?|heating|heater|heat|thermostat|temperature|curtains?|blinds|air conditioner|brightness|screen)\\b)";
/** The quietest that can still be heard, in percent. */
const WHISPER_PERCENT = 10;
/** What is about the volume. */
export const englishVolume: RegExp = new RegExp(`${NOT_VOLUME}.*(?:${VOLUME.source})`);

/** How the volume is to change. */
export function englishVolumeChange([words = ""]: readonly string[]): VolumeChange | undefined {
  if (/^(?:what|whats|how (?:loud|quiet))\b/.test(words)) return undefined;
  if (/\bunmute\b/.test(words)) return { direction: "to", percent: 50 };
  if (/\bmute\b/.test(words)) return { direction: "to", percent: 0 };
  const direction = /\btoo (?:quiet|soft|low)\b/.test(words)
    ? "up"
    : DOWN.test(words)
    ? "down"
    : UP.test(words)
    ? "up"
    : undefined;
  const [, before, after, , alone] = AMOUNT.exec(words) ?? [];
  const number = after ?? alone;
  if (number !== undefined) {
    const isLevel = before === "to" || before === "at" || direction === undefined;
    return { direction: isLevel ? "to" : direction, percent: Math.min(100, numberOf(number)) };
  }
  if (LOUDEST.test(words)) return { direction: "to", percent: 100 };
  if (QUIETEST.test(words)) return { direction: "to", percent: WHISPER_PERCENT };
  if (/\b(?:half|medium|middle|halfway)\b/.test(words)) return { direction: "to", percent: 50 };
  return direction === undefined ? undefined : { direction };
}

function numberOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  if (text.endsWith("hundred")) return 100;
  const [first = "", second = ""] = text.split(" ");
  return NUMBERS.get(first) ?? (TENS.get(first) ?? 0) + (NUMBERS.get(second) ?? 0);
}
