import type { Moment } from "./moment.ts";

/** What the built-in answerer understands of a question. */
export type Intent =
  | "how_are_you"
  | "hearing"
  | "who"
  | "help"
  | "again"
  | "goodbye"
  | "stop"
  | "thanks"
  | "greeting"
  // What it cannot do.
  | "timer"
  | "call"
  | "music"
  | "volume"
  | "weather"
  | "news"
  | "home"
  | "lunar";

/** What is asked of the calendar: the whole date, or a part of it, so many days from today. */
export interface DateQuestion {
  readonly part: "date" | "month" | "year";
  readonly days: number;
}

/** How the volume is to change; in percent of the loudest. */
export interface VolumeChange {
  readonly direction: "up" | "down" | "to";
  readonly percent?: number;
}

/** One language of the built-in answerer. */
export interface Phrasebook {
  /** The words of a question as they are compared: without case, punctuation and fillers; with and without politeness. */
  plain(text: string): readonly string[];
  /** Whether the time is asked for: here, or in another place. */
  asksTime(plain: readonly string[]): "here" | "elsewhere" | undefined;
  /** What date is asked for. */
  asksDate(plain: readonly string[]): DateQuestion | undefined;
  /** What else it may be, in the order in which it is looked for. */
  readonly intents: readonly (readonly [Intent, RegExp])[];
  /** How the volume is to change, where it is asked to; `undefined` where nobody says how. */
  volumeChange(plain: readonly string[]): VolumeChange | undefined;
  /** What is to be repeated after the speaker, by words that say nothing else. */
  sayAfterMe(text: string): string | undefined;
  /** The same by "say", which may also begin something else. */
  say(text: string): string | undefined;
  time(moment: Moment): string;
  date(moment: Moment, question: DateQuestion): string;
  /** Before the time, where that of another place was asked for. */
  readonly onlyHere: string;
  readonly replies: Readonly<Record<Exclude<Intent, "again">, string>>;
  /** The volume was changed to so many percent. */
  volumeIs(percent: number): string;
  /** It could not be changed. */
  readonly volumeFailed: string;
  /** It could be, but how? */
  readonly volumeHow: string;
  /** There was nothing to say again. */
  readonly nothingSaid: string;
  /** There were no words. */
  readonly noWords: string;
  /** It was something else. */
  /** `volume`: whether it can be changed here. */
  notUnderstood(heard: string, can: { readonly volume: boolean }): string;
  /** Puts between two answers. */
  readonly separator: string;
}

/** Whether one of the texts fits. */
export function anyFits(pattern: RegExp, texts: readonly string[]): boolean {
  return texts.some((text) => pattern.test(text));
}

/** Removes what fits at the beginning or the end, as often as it does, unless nothing would be left. */
export function strip(text: string, patterns: readonly RegExp[]): string {
  for (let rest = text;;) {
    const next = patterns.reduce((left, pattern) => left.replace(pattern, "").trim() || left, rest);
    if (next === rest) return rest;
    rest = next;
  }
}

/** What is to be repeated of a text: what stands in quotes at its beginning, else all of it; `undefined` for nothing. */
export function quotedOrAll(text: string): string | undefined {
  const words = text.replace(/^[\s,，.。:：;；-]+/u, "").trimEnd();
  const said = /^["“”「『«](.+?)["“”」』»]/u.exec(words)?.[1] ?? words;
  return /[\p{L}\p{N}]/u.test(said) ? said : undefined;
}
