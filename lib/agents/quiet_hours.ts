import { z } from "zod";

/** A part of each day, in minutes from midnight; one that ends before it begins goes on past midnight. */
export interface QuietHours {
  readonly fromMinute: number;
  readonly toMinute: number;
}

const HOURS = /^([01]?\d|2[0-3]):([0-5]\d)\s*(?:-|–|—|~|～|至|到)\s*([01]?\d|2[0-3]|24):([0-5]\d)$/;

/** Hours as `22:00-07:00`. */
export const quietHours = z.string().trim().regex(HOURS, "must be two times of day, such as 22:00-07:00")
  .transform((text): QuietHours => {
    const [, fromHour, fromMinute, toHour, toMinute] = HOURS.exec(text) ?? [];
    return {
      fromMinute: Number(fromHour) * 60 + Number(fromMinute),
      toMinute: Number(toHour) * 60 + Number(toMinute),
    };
  });

/** Whether a moment, in ms since 1970, lies within the hours in that time zone. */
export function isQuiet({ fromMinute, toMinute }: QuietHours, atMs: number, timeZone: string): boolean {
  const minute = minuteOfDay(atMs, timeZone);
  return fromMinute <= toMinute
    ? minute >= fromMinute && minute < toMinute
    : minute >= fromMinute || minute < toMinute;
}

/** When the day began, in ms since 1970, to the minute. */
export function dayStartMs(atMs: number, timeZone: string): number {
  return Math.floor(atMs / 60_000) * 60_000 - minuteOfDay(atMs, timeZone) * 60_000;
}

function minuteOfDay(atMs: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
  })
    .formatToParts(atMs);
  const numberOf = (type: string) => Number(parts.find((part) => part.type === type)?.value ?? 0);
  return (numberOf("hour") % 24) * 60 + numberOf("minute");
}
