import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { rotateTokenKeys, TokenKeys } from "../../../lib/server/mod.ts";
import { test } from "../../support/test.ts";
import { withTempDir } from "../../support/temp_dir.ts";

const KEY = "k".repeat(32);

async function refusal(work: () => Promise<unknown>): Promise<EarshotError> {
  return await assertRejects(work, EarshotError);
}

test("keys are made once, for this user only, and two processes make the same", async () => {
  await withTempDir(async (dir) => {
    const [one, two] = await Promise.all([TokenKeys.open({ dir }), TokenKeys.open({ dir })]);
    assertEquals(one.all, two.all);
    assertEquals(one.all.length, 1);
    assert(one.signing.length >= 43);
    assertEquals((await Deno.stat(`${dir}/keys`)).mode! & 0o777, 0o600);
    assertEquals(Array.from(Deno.readDirSync(dir), ({ name }) => name), ["keys"]);
  });
});

test("after a rotation the new key signs and the one before it counts, until the next", async () => {
  await withTempDir(async (dir) => {
    const keys = await TokenKeys.open({ dir });
    const first = keys.signing;
    await rotateTokenKeys({ dir });
    assertEquals(keys.signing, first, "it was not told yet");
    await keys.refresh();
    const second = keys.signing;
    assertNotEquals(second, first);
    assertEquals(keys.all, [second, first]);
    await rotateTokenKeys({ dir });
    await keys.refresh();
    assertEquals(keys.all, [keys.signing, second]);
  });
});

test("keys come from where the config says, and are never repeated in an error", async () => {
  await withTempDir(async (dir) => {
    const file = `${dir}/mine`;
    await Deno.writeTextFile(file, `${KEY}\n${"j".repeat(32)}\n`);
    const keys = await TokenKeys.open({ dir, source: { file } });
    assertEquals(keys.all, [KEY, "j".repeat(32)]);
    await Deno.writeTextFile(file, `${KEY}\nshort-secret\n`);
    const short = await refusal(() => keys.refresh());
    assertEquals(short.code, "config.secret");
    assert(!short.message.includes("short-secret"));
    assertEquals(keys.signing, KEY, "the old ones stay");
    assertEquals((await refusal(() => rotateTokenKeys({ dir, source: { file } }))).code, "config.secret");
    const absent = await refusal(() => TokenKeys.open({ dir, source: { env: "EARSHOT_NO_SUCH_KEYS" } }));
    assertEquals(absent.message, "Cannot read auth.keys: the environment has no EARSHOT_NO_SUCH_KEYS");
  });
});

test("a directory that refuses is told as such", async () => {
  await withTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/file`, "");
    const error = await refusal(() => TokenKeys.open({ dir: `${dir}/file/auth` }));
    assert(["auth.unwritable", "config.secret"].includes(error.code), error.code);
  });
});
