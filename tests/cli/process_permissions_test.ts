import { assertEquals } from "@std/assert";
import { permissionWords } from "../../lib/app/mod.ts";
import { EXIT } from "../../lib/errors/mod.ts";
import { EXECUTABLE, objectsOf, runEarshot } from "../support/cli.ts";
import { weightsMissing } from "../support/models.ts";
import { withConfig } from "../support/served_gateway.ts";
import { test } from "../support/test.ts";

/** The table of SECURITY.md: the words for each process, in a checkout or in the executable. */
async function documented(): Promise<Readonly<Record<string, string>>> {
  const page = await Deno.readTextFile(new URL("../../SECURITY.md", import.meta.url));
  const rows = page.matchAll(/^\| `(gateway|engine|tool-servers)` *\| (.+?) *\| (.+?) *\|$/gm);
  return Object.fromEntries(
    Array.from(rows, ([, process = "", checkout = "", executable = ""]) => [
      process,
      EXECUTABLE === undefined ? checkout : executable,
    ]),
  );
}

test("permissions: each process says that it may do what SECURITY.md says", async () => {
  await withConfig(async (config) => {
    const { code, stdout, stderr } = await runEarshot(["permissions", "--json", "--config", config]);
    assertEquals(code, EXIT.ok, stderr);
    const told = objectsOf(stdout).map(({ process, permissions }) =>
      [String(process), permissionWords(permissions as Parameters<typeof permissionWords>[0])] as const
    );
    assertEquals(Object.fromEntries(told), await documented());
    assertEquals(told.length, 3);
  });
}, { ignore: weightsMissing });
