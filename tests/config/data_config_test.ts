import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { z } from "zod";
import { changeDataConfig, checkConfig, configWithout, patchedConfig } from "../../lib/config/mod.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

const schema = z.strictObject({
  a: z.strictObject({ x: z.int().default(1), y: z.array(z.int()).default([1, 2]), z: z.string().optional() })
    .prefault({}),
});

const load = (base: string, written: string) =>
  checkConfig("config.yaml", base, { schema, overlay: { path: "data/config.yaml", text: written } });

test("an overlay: maps merge, lists replace, null removes, and the command line goes before both", () => {
  const { config } = load("a: { x: 5, y: [3], z: hi }\n", "a: { y: [4, 5], z: null }\n");
  assertEquals(config, { a: { x: 5, y: [4, 5] } });
  const flags = checkConfig("config.yaml", "", {
    schema,
    overlay: { path: "d", text: "a: { x: 2 }" },
    overrides: { "a.x": 3 },
  });
  assertEquals(flags.config.a.x, 3);
});

test("a key of the file that the overlay hides is told in one line, with what undoes it", () => {
  assertEquals(load("a:\n  x: 5\n  z: one\n", "a:\n  x: 6\n  z: two\n").warnings, [
    "config.yaml:2:6: a.x and 1 more is overridden by data/config.yaml:2:6; `earshot config reset a.x` undoes that",
  ]);
  assertEquals(load("a:\n  x: 5\n", "a:\n  x: 5\n  z: new\n").warnings, []);
});

test("a fault in the overlay is told with its own place", () => {
  try {
    load("a: { x: 5 }\n", "a:\n  x: five\n");
  } catch (thrown) {
    assertStringIncludes(EarshotError.from(thrown).message, "data/config.yaml:2:6: a.x");
    return;
  }
  throw new Error("it was taken");
});

test("patchedConfig keeps comments and order, and configWithout takes empty maps along", () => {
  const first = patchedConfig("", { devices: { "02:00:00:aa:bb:cc": { name: "Kitchen" } } });
  assertStringIncludes(first, "\ndevices:\n  02:00:00:aa:bb:cc:\n    name: Kitchen\n");
  const second = patchedConfig(`# mine\n${first}`, {
    devices: { "02:00:00:aa:bb:cc": { name: null, agent: "kids" } },
  });
  assertStringIncludes(second, "# mine\n");
  assertStringIncludes(second, "    name: null\n    agent: kids\n");
  assertEquals(patchedConfig("a: [1, 2]\n", { a: [3] }), "a:\n  - 3\n");
  assertEquals(configWithout("a:\n  b:\n    c: 1\nd: 2\n", ["a", "b", "c"]), "d: 2\n");
  assertEquals(configWithout("a: 1\n", ["b"]), undefined);
});

test("changeDataConfig: changes wait for each other, and what is refused leaves the file as it was", () =>
  withTempDir(async (dir) => {
    const path = `${dir}/data/config.yaml`;
    await Promise.all(Array.from({ length: 8 }, (_, index) =>
      changeDataConfig(path, async (text) => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        return patchedConfig(text, { [`k${index}`]: index });
      })));
    const text = await Deno.readTextFile(path);
    for (let index = 0; index < 8; index++) assertStringIncludes(text, `k${index}: ${index}`);
    const refusal = new EarshotError("config.invalid", "Cannot use it");
    assertEquals(
      await assertRejects(() => changeDataConfig(path, () => Promise.reject(refusal)), EarshotError),
      refusal,
    );
    assertEquals(await Deno.readTextFile(path), text);
  }));
