import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
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
  assertEquals([flags.config.a.x, flags.source], [3, "config.yaml, d"]);
  assertEquals(checkConfig(undefined, "", { schema, overlay: { path: "d", text: "" } }).source, undefined);
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
  assertEquals(configWithout("a:\n  b:\n    c: 1\nd: 2\n", "a.b.c"), "d: 2\n");
  assertEquals(configWithout("a: 1\n", "b"), undefined);
  assertEquals(configWithout("a: { b.c: { d: 1 }, 12: 1 }\n", "a.b.c.d"), "a: { 12: 1 }\n");
  assertEquals(configWithout("a: { 12: 1 }\nb: 1\n", "a.12"), "b: 1\n");
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

for (
  const [what, text, words] of [
    ["is a list", "- a\n", "data/config.yaml:1:1: must be a map of keys"],
    ["is no YAML", "a: { x: 1\n", "data/config.yaml:2:1: not valid YAML"],
    ["has a wrong value", "a: { x: five }\n", "data/config.yaml:1:9: a.x: is "],
  ] as const
) {
  test(`an overlay that ${what} is told by its own name`, () => {
    const { message } = assertThrows(() => load("a: { x: 5 }\n", text), EarshotError);
    assertStringIncludes(message, `Cannot use data/config.yaml: 1 problem\n${words}`);
  });
}

test("changeDataConfig: a file that is no config is refused and stays, as is a place where none can be", () =>
  withTempDir(async (dir) => {
    const path = `${dir}/config.yaml`;
    for (const text of ["- a\n", "a: { x: 1\n", "just text\n", "a: \0"]) {
      await Deno.writeTextFile(path, text);
      const { code, message } = await assertRejects(
        () => changeDataConfig(path, (before) => patchedConfig(before, { a: 1 })),
        EarshotError,
      );
      assertEquals([code, message.includes(`Cannot use ${path}: 1 problem`)], ["config.invalid", true]);
      assertEquals(await Deno.readTextFile(path), text);
    }
    const error = await assertRejects(
      () => changeDataConfig(`${path}/x/config.yaml`, () => ""),
      EarshotError,
    );
    assertEquals(error.code, "config.unwritable");
  }));

test("a key that YAML takes for a number, and writes otherwise, is told", () => {
  const open = z.record(z.string(), z.unknown());
  assertEquals(checkConfig("c.yaml", "12: 1\n'012': 2\n", { schema: open }).config, { "12": 1, "012": 2 });
  for (const key of ["020000112233", "1200001122e3", "0x10"]) {
    const { message } = assertThrows(
      () => checkConfig("c.yaml", `${key}: 1\n`, { schema: open }),
      EarshotError,
    );
    assertStringIncludes(message, `c.yaml:1:1: ${key}: a number to YAML, which reads `);
  }
});
