import { assertEquals } from "@std/assert";
import { test } from "../support/test.ts";

const ROOT = new URL("../../", import.meta.url);
const PACKAGE = /(?:npm|jsr):\/?((?:@[\w.-]+\/)?[a-z][\w.-]*)@/g;

/** The sources of a folder. */
function* sources(folder: URL): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* sources(new URL(`${name}/`, folder));
    else if (/\.(ts|js)$/.test(name)) yield Deno.readTextFileSync(new URL(name, folder));
  }
}

test("docs/dependencies.md names every package that is imported, and no other", async () => {
  const texts = [
    await Deno.readTextFile(new URL("deno.json", ROOT)),
    ...sources(new URL("lib/", ROOT)),
    ...sources(new URL(".ci/", ROOT)),
    ...sources(new URL("tests/support/", ROOT)),
  ];
  const imported = new Set(texts.flatMap((text) => [...text.matchAll(PACKAGE)].map(([, name = ""]) => name)));
  const page = await Deno.readTextFile(new URL("docs/dependencies.md", ROOT));
  const rows = page.split("\n").filter((line) => /^\| `[@a-z]/.test(line) && !line.includes(".lock"));
  const named = rows.flatMap((row) =>
    [...(row.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, name]) => name)
  );
  assertEquals(named.toSorted(), [...imported].toSorted());
});
