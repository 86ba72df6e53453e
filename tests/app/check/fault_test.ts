import { assertEquals, assertMatch } from "@std/assert";
import { faultOf } from "../../../lib/app/check/fault.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { HttpRefusal } from "../../../lib/net/mod.ts";
import { test } from "../../support/test.ts";

const NOW_MS = Date.parse("2026-11-25T12:00:00Z");

function refused(date?: string): EarshotError {
  const headers = new Map(date === undefined ? [] : [["date", date]]);
  const cause = new HttpRefusal("asr.example", {
    status: 403,
    headers,
    body: "HMAC signature cannot be verified",
  });
  return new EarshotError("asr.auth", "Cannot recognize with xunfei: it answered 403", { cause });
}

test("a refusal that tells another time than this box blames the clock first", () => {
  const behind = faultOf(refused("Wed, 25 Nov 2026 12:06:40 GMT"), NOW_MS);
  assertMatch(
    behind.fix,
    /^Set the clock of this machine: it is 400 s behind the service's\. Check the secrets/,
  );
  assertMatch(faultOf(refused("Wed, 25 Nov 2026 11:58:00 GMT"), NOW_MS).fix, /120 s ahead of/);
});

test("a clock that is right, and a refusal without a date, leave it at the keys", () => {
  for (const date of ["Wed, 25 Nov 2026 12:00:59 GMT", undefined, "yesterday"]) {
    assertEquals(faultOf(refused(date), NOW_MS).fix.startsWith("Check the secrets"), true);
  }
});
