import { assertEquals, assertGreater } from "@std/assert";
import { loadText } from "../support/config_faults.ts";
import { test } from "../support/test.ts";

const ROOT = new URL("../../", import.meta.url);
const READMES = ["README.md", "README.zh-CN.md"] as const;

for (
  const page of [
    ...READMES,
    "docs/answering.md",
    "docs/recognizers.md",
    "docs/mqtt-gateway.md",
    "docs/tools.md",
    "docs/transports.md",
  ]
) {
  test(`${page}: every config that it shows loads`, async () => {
    const configs = configsOf(await Deno.readTextFile(new URL(page, ROOT)));
    assertGreater(configs.length, 0);
    for (const config of configs) await loadText(config);
  });
}

test("the READMEs have the same sections and blocks of commands", async () => {
  const texts = await Promise.all(READMES.map((page) => Deno.readTextFile(new URL(page, ROOT))));
  const [english = [], chinese = []] = texts.map((text) => text.match(/^(?:## |```\w+$)/gm) ?? []);
  assertEquals(english, chinese);
});

/** The blocks of YAML, and what one line or one row of a table has of it in its text. */
function configsOf(page: string): string[] {
  const blocks = [...page.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, block = ""]) => block);
  const rows = page.split("\n").map((line) =>
    [...line.matchAll(/`((?:asr|llm|tts|agents|auth|memory|server): \{[^`]*)`/g)].map(([, span = ""]) => span)
      .join(
        "\n",
      )
  );
  return [...blocks, ...rows.filter((row) => row !== "")];
}
