import { assertEquals } from "@std/assert";
import { PAGES, pageUrl } from "../../.ci/docs.ts";
import { sizeOfExample } from "../../.ci/provider_size.ts";
import { test } from "../support/test.ts";

for (const [path, write] of Object.entries(PAGES)) {
  test(`${path} is what the code says; \`deno task docs\` writes it`, async () => {
    assertEquals(await Deno.readTextFile(pageUrl(path)), await write());
  });
}

const ROOT = new URL("../../", import.meta.url);
const PAGES_OF_DOCS = [...Deno.readDirSync(new URL("docs", ROOT))].map(({ name }) => `docs/${name}`)
  .filter((path) => path.endsWith(".md"));

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): string[] {
  return [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading.toLowerCase().replaceAll(/[^\p{L}\p{N}_ -]/gu, "").replaceAll(" ", "-")
  );
}

test("every link between the pages leads to a file and a heading that are there", async () => {
  const broken: string[] = [];
  for (const path of [...PAGES_OF_DOCS, "CONTRIBUTING.md", "SECURITY.md"]) {
    const page = await Deno.readTextFile(new URL(path, ROOT));
    for (const [, link = ""] of page.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const target = new URL(link, new URL(path, ROOT));
      const anchor = target.hash.slice(1);
      target.hash = "";
      try {
        if ((await Deno.stat(target)).isDirectory || anchor === "") continue;
        if (!anchorsOf(await Deno.readTextFile(target)).includes(anchor)) broken.push(`${path}: ${link}`);
      } catch {
        broken.push(`${path}: ${link}`);
      }
    }
  }
  assertEquals(broken, []);
});

test("no page names a file that a reader does not have", async () => {
  const pages = [...PAGES_OF_DOCS, "README.md", "README.zh-CN.md", "CONTRIBUTING.md", "SECURITY.md"];
  const texts = await Promise.all(
    pages.map(async (path) => [path, await Deno.readTextFile(new URL(path, ROOT))] as const),
  );
  assertEquals(texts.filter(([, text]) => /design\.md|\.\.\/shared/.test(text)).map(([path]) => path), []);
});

test("docs/adding-a-provider.md counts the examples as `deno task provider-size` does", async () => {
  const page = await Deno.readTextFile(new URL("docs/adding-a-provider.md", ROOT));
  const numbersOf = (row: string) =>
    [...row.matchAll(/\| (\d+) (?=\|)/g)].map(([, number]) => Number(number));
  for (
    const [stage, what] of [["asr", "a recognizer"], ["llm", "a language model"], ["tts", "a voice"]] as const
  ) {
    const { provider, emulator, subject, lists } = sizeOfExample(stage);
    const [row = ""] = new RegExp(`^\\| ${what} .*$`, "m").exec(page) ?? [];
    const all = provider + emulator + subject + lists;
    assertEquals(numbersOf(row.replaceAll(/ +/g, " ")), [provider, emulator, subject, lists, all], what);
  }
});
