import { assertEquals } from "@std/assert";
import { serverConfig } from "../../lib/server/mod.ts";
import { isTimeZone, offsetMinutes, timeZoneOf } from "../../lib/server/time_zone.ts";
import { test } from "../support/test.ts";

test("an offset follows daylight saving", () => {
  const [winter, summer] = [new Date("2026-01-15T12:00:00Z"), new Date("2026-07-15T12:00:00Z")];
  const offsets = (zone: string) => [offsetMinutes(zone, winter), offsetMinutes(zone, summer)];
  assertEquals(offsets("Europe/Berlin"), [60, 120]);
  assertEquals(offsets("America/New_York"), [-300, -240]);
  assertEquals(offsets("America/St_Johns"), [-210, -150]);
  assertEquals(offsets("Asia/Shanghai"), [480, 480]);
  assertEquals(offsets("Asia/Kathmandu"), [345, 345]);
  assertEquals(offsets("UTC"), [0, 0]);
});

test("the config's zone goes before the machine's, that before the language's", () => {
  const zone = (configured: string | undefined, machine: string, language: string) =>
    timeZoneOf({ configured, machine, language });
  assertEquals(zone("Europe/Paris", "Asia/Tokyo", "zh"), "Europe/Paris");
  assertEquals(zone("UTC", "Asia/Tokyo", "zh"), "UTC");
  assertEquals(zone(undefined, "Asia/Tokyo", "zh"), "Asia/Tokyo");
  assertEquals(zone(undefined, "UTC", "zh"), "Asia/Shanghai");
  assertEquals(zone(undefined, "Etc/UTC", "zh-CN"), "Asia/Shanghai");
  assertEquals(zone(undefined, "UTC", "zh-TW"), "Asia/Taipei");
  assertEquals(zone(undefined, "UTC", "ja-JP"), "Asia/Tokyo");
  assertEquals(zone(undefined, "UTC", "en"), "UTC");
  for (const language of ["yue", "zh-HK", "ko", "vi", "th", "hi", "tr", "de", "it", "pl", "uk"]) {
    assertEquals(isTimeZone(zone(undefined, "UTC", language)), true, language);
  }
});

test("a zone that does not exist is refused by the config", () => {
  assertEquals(serverConfig.parse({ timeZone: "Asia/Shanghai" }).timeZone, "Asia/Shanghai");
  for (const timeZone of ["Beijing", "", "Asia/Nowhere"]) {
    assertEquals(serverConfig.safeParse({ timeZone }).success, false, timeZone);
  }
});
