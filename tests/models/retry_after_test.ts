import { assertEquals } from "@std/assert";
import { nearestName } from "../../lib/models/nearest_name.ts";
import { retryAfterMs } from "../../lib/models/retry_after.ts";
import { test } from "../support/test.ts";

test("how long a host asks to be left alone: seconds, a date, or nothing that can be read", () => {
  const nowMs = Date.parse("Wed, 21 Oct 2026 07:28:00 GMT");
  const asked = (value?: string) =>
    retryAfterMs({ headers: new Map(value === undefined ? [] : [["retry-after", value]]) }, nowMs);
  assertEquals([asked(), asked("soon"), asked(""), asked("-3")].every((ms) => ms === 0), true);
  assertEquals([asked("0"), asked(" 7 "), asked("3600")], [0, 7_000, 3_600_000]);
  assertEquals(asked("Wed, 21 Oct 2026 07:28:30 GMT"), 30_000);
  assertEquals(asked("Wed, 21 Oct 2026 07:27:00 GMT"), 0);
});

test("a name is meant by its beginning or by nearly all of it, and nothing by anything else", () => {
  const names = ["sense-voice", "whisper-base", "whisper-small", "moonshine-tiny-en"];
  assertEquals(nearestName("SenseVoice", names), "sense-voice");
  assertEquals(nearestName("whisper", names), "whisper-base");
  assertEquals(nearestName("whisper-smal", names), "whisper-small");
  assertEquals([nearestName("", names), nearestName("vosk", names), nearestName("x".repeat(1e6), names)], [
    undefined,
    undefined,
    undefined,
  ]);
});
