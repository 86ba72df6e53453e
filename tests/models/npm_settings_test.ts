import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { readNpmSettings } from "../../lib/models/npm_settings.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

async function settingsOf(home: string, lines: readonly string[]) {
  await Deno.writeTextFile(join(home, ".npmrc"), lines.join("\n"));
  return await readNpmSettings({ cwd: home, env: { HOME: home } });
}

test("tarballUrl takes what the default registry announces from the mirror, as npm does, and nothing else", () =>
  withTempDir(async (home) => {
    const mirror = "https://mirror.test/npm/";
    const { registry, tarballUrl } = await settingsOf(home, []);
    const announced = new URL("/a/-/a-1.0.0.tgz", registry).href;
    const elsewhere = "https://files.test/a-1.0.0.tgz";
    assertEquals(tarballUrl(announced, mirror), "https://mirror.test/a/-/a-1.0.0.tgz");
    assertEquals(tarballUrl(elsewhere, mirror), elsewhere);
    const never = await settingsOf(home, ["replace-registry-host=never"]);
    assertEquals(never.tarballUrl(announced, mirror), announced);
    const always = await settingsOf(home, ["replace-registry-host=always"]);
    assertEquals(always.tarballUrl(elsewhere, mirror), "https://mirror.test/a-1.0.0.tgz");
    const named = await settingsOf(home, ["replace-registry-host=files.test"]);
    assertEquals(named.tarballUrl(elsewhere, mirror), "https://mirror.test/a-1.0.0.tgz");
  }));
