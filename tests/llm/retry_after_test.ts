import { assertEquals } from "@std/assert";
import { retryAfterOf } from "../../lib/llm/retry_after.ts";
import { HttpRefusal } from "../../lib/net/mod.ts";
import { serviceError } from "../../lib/service/mod.ts";
import { test } from "../support/test.ts";

const of = (headers: Readonly<Record<string, string>>) =>
  retryAfterOf(serviceError({ family: "llm", name: "x" }, "throttled", {
    cause: new HttpRefusal("x", { status: 429, headers: new Map(Object.entries(headers)), body: "" }),
  }));

test("retryAfterOf reads milliseconds, seconds and a date by the service's own clock", () => {
  assertEquals(of({ "retry-after-ms": "250", "retry-after": "9" }), 250);
  assertEquals(of({ "retry-after": "2" }), 2_000);
  assertEquals(of({ "retry-after": "0.5" }), 500);
  const date = "Mon, 30 Nov 2026 10:00:00 GMT";
  assertEquals(of({ date, "retry-after": "Mon, 30 Nov 2026 10:00:03 GMT" }), 3_000);
  assertEquals(of({ date, "retry-after": "Mon, 30 Nov 2026 09:00:00 GMT" }), 0);
});

test("retryAfterOf: what is missing or no time is nothing", () => {
  for (const headers of [{}, { "retry-after": "soon" }, { "retry-after": "-1" }, { "retry-after-ms": "" }]) {
    assertEquals(of(headers), undefined);
  }
  assertEquals(retryAfterOf(new Error("x")), undefined);
});
