import { assertEquals } from "@std/assert";
import { test } from "../support/test.ts";

const MODULE = new URL("../../lib/cli/permissions.ts", import.meta.url).href;
const NAMES = ["read", "write", "net", "env", "sys", "run", "ffi", "import"];

test("what a command does not need it gives up for good", async () => {
  const program = `
    import { keepOnly } from ${JSON.stringify(MODULE)};
    await keepOnly(["read", "net"]);
    const states = await Promise.all(${
    JSON.stringify(NAMES)
  }.map((name) => Deno.permissions.query({ name })));
    console.log(JSON.stringify(states.map(({ state }) => state)));
    try { Deno.env.get("HOME"); console.log("read it"); } catch (thrown) { console.log(thrown.name); }
  `;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-prompt", "--no-lock", `data:text/javascript,${encodeURIComponent(program)}`],
    stderr: "inherit",
  }).output();
  const [states = "", attempt] = new TextDecoder().decode(stdout).trim().split("\n");
  const kept = JSON.parse(states).flatMap((state: string, index: number) =>
    state === "granted" ? [NAMES[index]] : []
  );
  assertEquals([kept, attempt], [["read", "net"], "NotCapable"]);
});
