import { assertEquals } from "@std/assert";
import { test } from "../support/test.ts";

test("what libraries print does not come out on stdout", async () => {
  const module = new URL("../../lib/engine/stderr_console.ts", import.meta.url).href;
  const code = `import "${module}"; for (const to of ["log", "info", "debug", "warn"]) console[to]("heard");`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args: ["eval", "--no-lock", code] })
    .output();
  assertEquals(stdout.length, 0);
  assertEquals(new TextDecoder().decode(stderr).split("heard").length, 5);
});
