import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { writeWhole } from "../../lib/files/mod.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

const namesIn = (dir: string) => [...Deno.readDirSync(dir)].map(({ name }) => name).sort();

test("writeWhole: makes the directory, replaces what is there, and leaves nothing beside it", async () => {
  await withTempDir(async (dir) => {
    const path = join(dir, "a", "b.txt");
    await writeWhole(path, "one");
    await writeWhole(path, new Uint8Array([0x32, 0xc3, 0xa4]), { durable: true });
    assertEquals(await Deno.readTextFile(path), "2ä");
    assertEquals(namesIn(join(dir, "a")), ["b.txt"]);
  });
});

test("writeWhole: with onlyNew what is there stays, also where twenty write at once", async () => {
  await withTempDir(async (dir) => {
    const path = join(dir, "token");
    const texts = Array.from({ length: 20 }, (_, index) => String(index));
    await Promise.all(texts.map((text) => writeWhole(path, text, { onlyNew: true })));
    const won = await Deno.readTextFile(path);
    assert(texts.includes(won), won);
    await writeWhole(path, "later", { onlyNew: true });
    assertEquals([await Deno.readTextFile(path), namesIn(dir)], [won, ["token"]]);
  });
});

test("writeWhole: a secret is for its user alone", async () => {
  await withTempDir(async (dir) => {
    const path = join(dir, "keys", "token");
    await writeWhole(path, "secret", { secret: true });
    const modes = [path, join(dir, "keys")].map((each) => (Deno.statSync(each).mode ?? 0) & 0o777);
    assertEquals(modes, [0o600, 0o700]);
  });
}, { ignore: Deno.build.os === "windows" });

test("writeWhole: what cannot be written is left as it was", async () => {
  await withTempDir(async (dir) => {
    const path = join(dir, "taken");
    Deno.mkdirSync(join(path, "inside"), { recursive: true });
    await assertRejects(() => writeWhole(path, "text"));
    assertEquals([namesIn(dir), namesIn(path)], [["taken"], ["inside"]]);
  });
});
