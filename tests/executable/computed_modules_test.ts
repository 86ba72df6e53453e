import { assert, assertEquals } from "@std/assert";
import { dirname, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { COMPUTED_MODULES, NOT_INCLUDED } from "../../.ci/compile/modules.ts";
import { walkFiles } from "../../.ci/compile/files.ts";
import { test } from "../support/test.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Code that is only reached in a checkout, where Deno itself loads by name. */
const CHECKOUT_ONLY = ["lib/engine/engine_launch.ts", "lib/tools/servers/process/launch.ts"];

/** A computed name in the source: what it is relative to, and the expression. */
interface ComputedName {
  readonly file: string;
  readonly expression: string;
}

async function computedNames(): Promise<readonly ComputedName[]> {
  const names: ComputedName[] = [];
  for (const path of await walkFiles(`${ROOT}lib`)) {
    const file = `lib/${path}`;
    if (!file.endsWith(".ts") || CHECKOUT_ONLY.includes(file)) continue;
    const source = await Deno.readTextFile(`${ROOT}${file}`);
    for (const [, expression = ""] of source.matchAll(/new URL\(\s*([^,()]+),\s*import\.meta\.url/g)) {
      names.push({ file, expression });
    }
    // An import of what is neither a literal nor a URL beside the module could be anything.
    for (const [found] of source.matchAll(/\bimport\(\s*(?!["]|\s*new URL\(\s*["`])[^)]*\)/g)) {
      names.push({ file, expression: found });
    }
  }
  return names;
}

/** The modules that a computed name can mean; none when it cannot be told. */
function meanings({ file, expression }: ComputedName, all: readonly string[]): readonly string[] {
  const literal = /^["`](\.[^"`]*)["`]$/.exec(expression)?.[1];
  if (literal === undefined) return [];
  const target = posix.join(dirname(file), literal.replaceAll(/\$\{[^}]*\}/g, "*"));
  const pattern = new RegExp(`^${target.split("*").map(RegExp.escape).join("[^/]+")}$`);
  return all.filter((path) => pattern.test(path));
}

test("whatever lib/ loads by a computed name is in the executable, or there is a reason why not", async () => {
  const all = (await walkFiles(`${ROOT}lib`)).map((path) => `lib/${path}`);
  const reached = new Set<string>();
  for (const name of await computedNames()) {
    const found = meanings(name, all);
    assert(found.length > 0, `nobody can tell what ${name.file} loads by ${name.expression}`);
    for (const path of found) reached.add(path);
  }
  const known = [...COMPUTED_MODULES, ...Object.keys(NOT_INCLUDED)];
  const missing = [...reached].filter((path) => !known.includes(path));
  assertEquals(missing, [], "add them to .ci/compile/modules.ts");
  const stale = COMPUTED_MODULES.filter((path) => !reached.has(path));
  assertEquals(stale, [], "nothing loads these by a computed name");
});
