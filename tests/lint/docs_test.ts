import { assertEquals } from "@std/assert";
import { PAGES, pageUrl } from "../../.ci/docs.ts";
import { test } from "../support/test.ts";

for (const [path, write] of Object.entries(PAGES)) {
  test(`${path} is what the code says; \`deno task docs\` writes it`, async () => {
    assertEquals(await Deno.readTextFile(pageUrl(path)), await write());
  });
}
