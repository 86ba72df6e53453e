import { cardinal, decimal } from "./number_words.ts";
import type { Rule } from "./rule.ts";

/** One and several of each unit. */
const UNITS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  "km/h": ["kilometer per hour", "kilometers per hour"],
  "m/s": ["meter per second", "meters per second"],
  "Mbit/s": ["megabit per second", "megabits per second"],
  "Mbps": ["megabit per second", "megabits per second"],
  "Gbps": ["gigabit per second", "gigabits per second"],
  "mph": ["mile per hour", "miles per hour"],
  "kWh": ["kilowatt hour", "kilowatt hours"],
  "km^2": ["square kilometer", "square kilometers"],
  "m^2": ["square meter", "square meters"],
  "m^3": ["cubic meter", "cubic meters"],
  "km": ["kilometer", "kilometers"],
  "cm": ["centimeter", "centimeters"],
  "mm": ["millimeter", "millimeters"],
  "m": ["meter", "meters"],
  "ft": ["foot", "feet"],
  "yd": ["yard", "yards"],
  "mi": ["mile", "miles"],
  "kg": ["kilogram", "kilograms"],
  "mg": ["milligram", "milligrams"],
  "g": ["gram", "grams"],
  "lbs": ["pound", "pounds"],
  "lb": ["pound", "pounds"],
  "oz": ["ounce", "ounces"],
  "ml": ["milliliter", "milliliters"],
  "mL": ["milliliter", "milliliters"],
  "cl": ["centiliter", "centiliters"],
  "L": ["liter", "liters"],
  "l": ["liter", "liters"],
  "ms": ["millisecond", "milliseconds"],
  "min": ["minute", "minutes"],
  "mins": ["minute", "minutes"],
  "sec": ["second", "seconds"],
  "secs": ["second", "seconds"],
  "s": ["second", "seconds"],
  "hrs": ["hour", "hours"],
  "hr": ["hour", "hours"],
  "h": ["hour", "hours"],
  "kHz": ["kilohertz", "kilohertz"],
  "MHz": ["megahertz", "megahertz"],
  "GHz": ["gigahertz", "gigahertz"],
  "Hz": ["hertz", "hertz"],
  "KB": ["kilobyte", "kilobytes"],
  "kB": ["kilobyte", "kilobytes"],
  "MB": ["megabyte", "megabytes"],
  "GB": ["gigabyte", "gigabytes"],
  "TB": ["terabyte", "terabytes"],
  "kW": ["kilowatt", "kilowatts"],
  "W": ["watt", "watts"],
  "mA": ["milliamp", "milliamps"],
  "V": ["volt", "volts"],
  "kcal": ["kilocalorie", "kilocalories"],
  "dB": ["decibel", "decibels"],
  "hPa": ["hectopascal", "hectopascals"],
  "°C": ["degree Celsius", "degrees Celsius"],
  "°F": ["degree Fahrenheit", "degrees Fahrenheit"],
  "°": ["degree", "degrees"],
  "%": ["percent", "percent"],
};
/** What is said of a number alone. */
const NUMBER = String.raw`(\d[\d,]*(?:\.\d+)?|\.\d+)`;
const NAMES = Object.keys(UNITS).toSorted((one, other) => other.length - one.length)
  .map((name) => name.replaceAll(/[\^/]/g, "\\$&")).join("|");
const PERIODS =
  "second|minute|hour|day|night|week|month|quarter|year|person|mile|pound|gallon|liter|kilogram";

/** Numbers with units: 5 km, 20°C, 100 %. */
export const UNIT_RULES: readonly Rule[] = [
  { pattern: new RegExp(String.raw`\s?/\s?(${PERIODS})\b`, "g"), say: (period) => ` per ${period}` },
  {
    pattern: /\b([1-9])'(1?\d)(?:"|(?=[\s.,]|$))/g,
    say: (feet = "", inches = "") => `${sayNumber(feet)} foot ${sayNumber(inches)}`,
  },
  { pattern: /\b(\d+)\s?x\s?(?=\d)/g, say: (number = "") => `${sayNumber(number)} by ` },
  {
    pattern: new RegExp(
      String.raw`(?<![\w.])${NUMBER}\s?[-–]\s?(?=\d[\d.]*\s?(?:${NAMES})(?![A-Za-z]))`,
      "g",
    ),
    say: (from = "") => `${sayNumber(from)} to `,
  },
  {
    pattern: new RegExp(String.raw`(?<![\w.])${NUMBER}[\s-]?(${NAMES})(?![A-Za-z])`, "g"),
    say: (number = "", unit = "") => `${sayNumber(number)} ${UNITS[unit]?.[number === "1" ? 0 : 1] ?? unit}`,
  },
];

function sayNumber(written: string): string {
  return written.includes(".") ? decimal(written.replaceAll(",", "")) : cardinal(written);
}
