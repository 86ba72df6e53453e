import { assertEquals, assertMatch } from "@std/assert";
import { closedLines, closedResult } from "../../lib/cli/closed_report.ts";
import { Scope } from "../../lib/lifecycle/mod.ts";
import { test } from "../support/test.ts";

test("a report names what was not released, for people with the reason", async () => {
  const scope = new Scope("earshot", { resourceDeadlineMs: 20 });
  scope.own("listener", () => {});
  scope.own("engine", () => Promise.reject(new Error("it is stuck")));
  scope.child("session-1").own("socket", () => new Promise(() => {}));
  const report = await scope.close();
  const { total, ok, failed, timedOut } = closedResult(report);
  assertEquals([total, ok, failed, timedOut], [3, 1, ["earshot/engine"], ["earshot/session-1/socket"]]);
  const [first = "", ...more] = closedLines(report).split("\n");
  assertMatch(first, /^closed: 1 of 3 resources released in \d+ ms$/);
  assertEquals(more, [
    "  not released: earshot/engine: it is stuck",
    "  not released: earshot/session-1/socket: it took too long and was abandoned",
  ]);
});
