import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { type Config, readSetup } from "../../lib/app/mod.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { withTempDir } from "./temp_dir.ts";

/** The config that a text is read as. */
export async function loadText(yaml: string, overrides: Record<string, unknown> = {}): Promise<Config> {
  let config: Config | undefined;
  await withTempDir(async (dir) => {
    await Deno.writeTextFile(`${dir}/box.yaml`, yaml);
    config = (await readSetup({ config: `${dir}/box.yaml`, data: dir, overrides })).config;
  });
  assert(config !== undefined);
  return config;
}

/** What a config is refused with, a line a problem, without the directory. */
export async function faultsOf(yaml: string, overrides: Record<string, unknown> = {}): Promise<string> {
  const error = await assertRejects(() => loadText(yaml, overrides), EarshotError, undefined, yaml);
  assertEquals(error.code, "config.invalid");
  return error.message.split("\n").slice(1).join("\n").replaceAll(/\S*\/(?=box\.yaml)/g, "");
}

/** Each fault with where it stands and what would be right. */
export type Case = readonly [yaml: string, told: RegExp];

/** Each text is refused, with these words. */
export async function tell(cases: readonly Case[]): Promise<void> {
  for (const [yaml, told] of cases) assertMatch(await faultsOf(yaml), told, JSON.stringify(yaml));
}
