import { assertEquals, assertStringIncludes } from "@std/assert";
import { printBillOfMaterials, printNotices } from "../../.ci/compile/printings.ts";
import { EXIT } from "../../lib/errors/mod.ts";
import { EXECUTABLE, runEarshot } from "../support/cli.ts";
import { test } from "../support/test.ts";

const COMPONENTS = [
  {
    type: "library",
    name: "a",
    version: "1.0.0",
    license: "(MIT OR Apache-2.0)",
    notice: "Copyright A",
    hashes: [],
  },
  {
    type: "machine-learning-model",
    name: "b",
    version: "2",
    license: "BSD-like (B)",
    notice: "By B",
    hashes: [],
  },
] as const;

test("a bill of materials tells SPDX expressions from the words of an author, and no time of its own", () => {
  const subject = { version: "0.1.0", commit: "c", target: "t", committedAt: "2026-01-01T00:00:00Z" };
  const bom = JSON.parse(printBillOfMaterials(COMPONENTS, subject));
  assertEquals(bom.components.map(({ licenses }: { licenses: unknown }) => licenses), [
    [{ expression: "(MIT OR Apache-2.0)" }],
    [{ license: { name: "BSD-like (B)" } }],
  ]);
  assertEquals(bom.metadata.timestamp, "2026-01-01T00:00:00Z");
});

test("the notices begin with our own and name each part before its text", () => {
  const notices = printNotices(COMPONENTS, "Copyright Earshot");
  const order = ["earshot (MIT)", "Copyright Earshot", "a 1.0.0 (", "Copyright A", "b 2 (", "By B"];
  const places = order.map((words) => notices.indexOf(words));
  assertEquals(places, places.toSorted((a, b) => a - b));
  assertEquals(places.includes(-1), false);
});

test("in a checkout `licenses` says where the notices are collected", async () => {
  const { code, stderr } = await runEarshot(["licenses"]);
  assertEquals(code, EXIT.usage);
  assertStringIncludes(stderr, "deno task compile");
}, { ignore: EXECUTABLE !== undefined });
