/** Where a language is spoken in one time zone by nearly everybody; what is missing here has none. */
const BY_LANGUAGE: Readonly<Record<string, string>> = {
  "zh": "Asia/Shanghai",
  "zh-TW": "Asia/Taipei",
  "zh-HK": "Asia/Hong_Kong",
  "yue": "Asia/Hong_Kong",
  "ja": "Asia/Tokyo",
  "ko": "Asia/Seoul",
  "vi": "Asia/Ho_Chi_Minh",
  "th": "Asia/Bangkok",
  "hi": "Asia/Kolkata",
  "tr": "Europe/Istanbul",
  "de": "Europe/Berlin",
  "it": "Europe/Rome",
  "pl": "Europe/Warsaw",
  "uk": "Europe/Kyiv",
};

/** What a machine says that was never told where it is, as in a container. */
const UNSET = ["UTC", "Etc/UTC", "Etc/Unknown", "GMT", "Etc/GMT"];

/** Names of IANA's that are as short as an abbreviation. */
const WHOLE_WORDS = ["cuba", "eire", "iran", "zulu"];

/** What needs no place beside it to be clear; CST and its like are the time of several countries. */
const CLEAR = ["UTC", "GMT", "UCT", "PRC", "ROC", "ROK", "CET", "EET", "MET", "WET"];

/** Whether a text names a time zone, and one only. */
export function isTimeZone(text: string): boolean {
  if (
    /^[A-Za-z]{3,4}$/.test(text) && !CLEAR.includes(text.toUpperCase()) &&
    !WHOLE_WORDS.includes(text.toLowerCase())
  ) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: text });
    return true;
  } catch {
    return false;
  }
}

/** The time zone of the devices: as configured, else the machine's, else that of the language, else UTC. */
export function timeZoneOf(
  { configured, machine = machineTimeZone(), language }: {
    /** `server.timeZone`. */
    readonly configured: string | undefined;
    /** That of this machine. */
    readonly machine?: string;
    /** The language of the speakers (BCP 47). */
    readonly language: string;
  },
): string {
  if (configured !== undefined) return configured;
  if (!UNSET.includes(machine)) return machine;
  const [base = ""] = language.split("-");
  const zone = BY_LANGUAGE[language] ?? BY_LANGUAGE[base.toLowerCase()];
  return zone !== undefined && isTimeZone(zone) ? zone : "UTC";
}

/** How far the clocks of a time zone are ahead of UTC at a time, in minutes: with daylight saving where it counts. */
export function offsetMinutes(timeZone: string, at: Date): number {
  const parts = new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "longOffset" }).formatToParts(at);
  const offset = parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
  const [, sign = "+", hours = "0", minutes = "0"] = /^GMT([+-])(\d{2}):(\d{2})/.exec(offset) ?? [];
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

function machineTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone ?? "UTC";
}
