import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { walkFiles } from "../../.ci/compile/files.ts";
import { SKIPPED_ON_CLOSED_MACHINES } from "../support/closed_machine.ts";
import { test } from "../support/test.ts";

const ROOT = new URL("../../", import.meta.url);

test("docs/executable.md shows the tests that closed machines skip, each of them is there, and they are few", async () => {
  const page = await Deno.readTextFile(new URL("docs/executable.md", ROOT));
  const [, list = ""] = page.split("These tests are skipped with it, by name");
  const skipped = Object.entries(SKIPPED_ON_CLOSED_MACHINES);
  assertEquals(
    list.split("\n").filter((line) => line.startsWith("- ")),
    skipped.map(([name, why]) => `- ${name}: ${why}`),
  );
  assertLessOrEqual(skipped.length, 10);
  const tests = new URL("tests/", ROOT).pathname;
  const files = (await walkFiles(tests)).filter((path) => path.endsWith("_test.ts"));
  const sources = await Promise.all(files.map((path) => Deno.readTextFile(`${tests}${path}`)));
  for (const [name] of skipped) assert(sources.some((source) => source.includes(`"${name}"`)), name);
});
