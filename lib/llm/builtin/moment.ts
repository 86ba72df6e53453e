/** A moment as a calendar and a clock on the wall show it. */
export interface Moment {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  /** 0 to 23. */
  readonly hour: number;
  readonly minute: number;
  /** 0 is Sunday. */
  readonly weekday: number;
}

/** What {@linkcode momentOf} shows. */
export interface MomentOptions {
  /** The time zone, by its name. */
  readonly timeZone: string;
  /** So many days later. Default 0. */
  readonly days?: number;
}

/** What the wall shows at a time in ms since 1970. */
export function momentOf(wallMs: number, { timeZone, days = 0 }: MomentOptions): Moment {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  const parts = new Map(format.formatToParts(wallMs).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  // Whole days are counted on the calendar: where clocks change, a day has not always 24 hours.
  const date = new Date(Date.UTC(part("year"), part("month") - 1, part("day") + days));
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: part("hour"),
    minute: part("minute"),
    weekday: date.getUTCDay(),
  };
}
