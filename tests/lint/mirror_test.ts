import { assertEquals } from "@std/assert";
import { basename, dirname } from "node:path";
import { walkFiles } from "../../.ci/compile/files.ts";
import { test } from "../support/test.ts";

/** Folders of `tests/` that are not those of `lib/`. */
const OF_THEIR_OWN = ["bench", "bounds", "contract", "e2e", "fuzz", "lint", "real", "soak", "support"];

const LIB = (await walkFiles("lib")).filter((path) => path.endsWith(".ts"));
const FOLDERS = new Set(LIB.map(dirname));
const TESTS = (await walkFiles("tests")).filter((path) =>
  path.endsWith("_test.ts") && !OF_THEIR_OWN.includes(top(path))
);

function top(path: string): string {
  return path.split("/")[0] ?? "";
}

test("every folder of tests is one of lib, or has a purpose of its own", () => {
  assertEquals([...new Set(TESTS.map(dirname))].filter((folder) => !FOLDERS.has(folder)), []);
});

test("a test that is named after a file of lib lies where that file lies", () => {
  const misplaced = TESTS.filter((path) => {
    const name = basename(path).replace("_test.ts", ".ts");
    const places = LIB.filter((file) => top(file) === top(path) && basename(file) === name).map(dirname);
    return places.length > 0 && !places.includes(dirname(path));
  });
  assertEquals(misplaced, []);
});
