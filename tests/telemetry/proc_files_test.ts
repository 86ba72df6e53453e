import { delay } from "@std/async";
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { readProc, readProcSync } from "../../lib/telemetry/mod.ts";
import { START_PERMISSIONS } from "../support/start_task.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { test } from "../support/test.ts";

const MODULE = new URL("../../lib/telemetry/proc_files.ts", import.meta.url).href;
const LINUX = { ignore: Deno.build.os !== "linux" };

test("files of /proc are read one after the other, and what is not there is left out", async () => {
  const text = await readProc(["/proc/self/limits", "/proc/0/stat", `/proc/${Deno.pid}/status`]);
  assertMatch(text, /^Limit.*Max open files.*^Name:.*/ms);
  assertEquals(await readProc(["/proc/0/stat"]), "");
  assertMatch(readProcSync("/proc/self/limits"), /^Max open files/m);
}, LINUX);

test("a reading that hangs ends with its signal, and gives no part of it", async () => {
  await withTempDir(async (dir) => {
    const pipe = `${dir}/pipe`; // which nobody writes into
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    const late = new AbortController();
    const reading = assertRejects(() => readProc(["/proc/self/limits", pipe], late.signal));
    await delay(50);
    late.abort();
    await reading;
  });
}, LINUX);

test(
  "they are read with the permissions of `deno task start` as well, which Deno itself does not do",
  async () => {
    const program = `
    import { readProcSync } from ${JSON.stringify(MODULE)};
    try { Deno.readTextFileSync("/proc/self/limits"); } catch (thrown) { console.log(thrown.name); }
    console.log(readProcSync("/proc/self/limits").includes("Max open files"));
  `;
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", ...START_PERMISSIONS, "--no-lock", `data:text/javascript,${encodeURIComponent(program)}`],
      stderr: "inherit",
    }).output();
    assertEquals(new TextDecoder().decode(stdout), "NotCapable\ntrue\n");
  },
  LINUX,
);
