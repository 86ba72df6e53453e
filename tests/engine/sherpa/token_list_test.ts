import { assertEquals } from "@std/assert";
import fc from "../../support/fast_check.ts";
import { joinTokens, readTokenList, wrapTokens } from "../../../lib/engine/sherpa/token_list.ts";
import { TINY_MODELS } from "../../support/sherpa_model.ts";
import { withTempDir } from "../../support/temp_dir.ts";
import { test } from "../../support/test.ts";

/** What sherpa-onnx does with a wrapped list: it decodes once. */
function decodedOnce(list: string): string[] {
  return list.trimEnd().split("\n").map((line) => atob(line.split(" ")[0] ?? ""));
}

test("whatever bytes tokens are cut at, the text is whole", () => {
  const cut = fc.tuple(fc.string({ unit: "grapheme" }), fc.array(fc.integer({ min: 1, max: 4 })));
  fc.assert(fc.property(cut, ([text, lengths]) => {
    const bytes = new TextEncoder().encode(text);
    const tokens: string[] = [];
    for (let at = 0; at < bytes.length;) {
      const end = at + (lengths[tokens.length] ?? 3);
      tokens.push(btoa(String.fromCharCode(...bytes.subarray(at, end))));
      at = end;
    }
    const list = tokens.map((token, id) => `${token} ${id}\n`).join("");
    return joinTokens(decodedOnce(wrapTokens(list))) === text.replaceAll("\ufffd", "");
  }));
});

test("the empty token of Whisper's list is nothing, and half a character at the end is not shown", () => {
  assertEquals(joinTokens(["5aW9", "=", "6ao="]), "好");
});

test("a list may have Windows line ends, a mark at its start and the token of a space", async () => {
  await withTempDir(async (dir) => {
    await Deno.writeTextFile(
      `${dir}/tokens.txt`,
      "\ufeff<blk> 0\r\n 1\r\n▁a\t2\r\n\r\n\u3000 3\n\u00a0 4\na b 5\n",
    );
    const list = await readTokenList(`${dir}/tokens.txt`);
    assertEquals([...list?.tokens ?? []], [[0, "<blk>"], [1, " "], [2, "▁a"], [3, "\u3000"], [4, "\u00a0"], [
      5,
      "a b",
    ]]);
    assertEquals(list?.base64, false);
  });
  assertEquals((await readTokenList(TINY_MODELS.whisper.files.tokens))?.base64, true);
});
