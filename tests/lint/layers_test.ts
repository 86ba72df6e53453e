import { assertEquals, assertStringIncludes } from "@std/assert";
import plugin, { layerFault, LAYERS } from "../../.ci/lint/layers.ts";
import { test } from "../support/test.ts";

/** The rule's findings on `source`, as if it stood in `file`. */
function findings(file: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, file, source).map((found) => found.message);
}

test("an upward import is a fault, a downward one is not", () => {
  const upward = findings("/x/lib/audio/a.ts", `import { Session } from "../session/mod.ts";`);
  assertEquals(upward.length, 1);
  assertStringIncludes(upward[0] ?? "", "lib/audio may not import lib/session");
  assertEquals(findings("/x/lib/session/a.ts", `import { AudioBuffer } from "../audio/mod.ts";`), []);
});

test("re-exports, dynamic imports and types count as well", () => {
  const file = "/x/lib/protocol/a.ts";
  assertEquals(findings(file, `export { a } from "../audio/a.ts";`).length, 1);
  assertEquals(findings(file, `export * from "../audio/a.ts";`).length, 1);
  assertEquals(findings(file, `await import("../audio/a.ts");`).length, 1);
  assertEquals(findings(file, `import type { A } from "../lifecycle/a.ts";`).length, 1);
  assertEquals(findings(file, `import type { A } from "../errors/mod.ts";`), []);
});

test("of another folder only mod.ts may be imported, or what a process of its own begins with", () => {
  assertStringIncludes(
    layerFault("/x/lib/session/turn/a.ts", "../../audio/pcm.ts") ?? "",
    "lib/session may import lib/audio/mod.ts alone, and not audio/pcm.ts",
  );
  assertEquals(layerFault("/x/lib/cli/a.ts", "../device/load/mod.ts"), undefined);
  assertEquals(layerFault("/x/lib/audio/files/a.ts", "../pcm.ts"), undefined);
  assertEquals(layerFault("/x/lib/app/a.ts", "../engine/engine_main.ts"), undefined);
});

test("packages, neighbors and files outside of lib are none of its business", () => {
  assertEquals(layerFault("/x/lib/audio/a.ts", "zod"), undefined);
  assertEquals(layerFault("/x/lib/audio/a.ts", "./b.ts"), undefined);
  assertEquals(layerFault("/x/tests/audio/a.ts", "../../lib/session/mod.ts"), undefined);
  assertStringIncludes(layerFault("/x/lib/audio/a.ts", "../../tests/b.ts") ?? "", "outside of lib/");
});

test("every folder of lib has its line in the table, and no line names itself", () => {
  const folders = [...Deno.readDirSync(new URL("../../lib", import.meta.url))]
    .filter((entry) => entry.isDirectory).map((entry) => entry.name);
  for (const folder of folders) assertEquals(Array.isArray(LAYERS[folder]), true, folder);
  for (const [folder, allowed] of Object.entries(LAYERS)) assertEquals(allowed.includes(folder), false);
});

test("within a session each stage looks upstream alone, and its top knows them all", () => {
  const fault = (from: string, source: string) => layerFault(`/x/lib/session/${from}`, source);
  assertEquals(fault("listening/a.ts", "../ingest/b.ts"), undefined);
  assertEquals(fault("listening/a.ts", "./b.ts"), undefined);
  assertEquals(fault("listening/a.ts", "../turn.ts"), undefined);
  assertEquals(fault("session.ts", "./answering/b.ts"), undefined);
  for (
    const [from, source] of [
      ["ingest/a.ts", "../listening/b.ts"],
      ["ingest/a.ts", "../answering/b.ts"],
      ["listening/a.ts", "../answering/b.ts"],
      ["answering/a.ts", "../listening/b.ts"],
      ["answering/a.ts", "../session.ts"],
    ] as const
  ) {
    assertStringIncludes(fault(from, source) ?? "", "may not import session/");
  }
});
