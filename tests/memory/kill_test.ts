import { assert, assertEquals, assertGreater } from "@std/assert";
import { fileURLToPath } from "node:url";
import { dirTest, keysIn, openMemory, untilFolded } from "./memory_harness.ts";

const CHILD = fileURLToPath(new URL("./recording_child.ts", import.meta.url));
const DEADLINE_MS = 30_000;

/** Kills a recording process at some instant after its first acknowledgement; gives the keys that it acknowledged. */
async function killedRun(dir: string, run: number): Promise<string[]> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--no-lock", "--no-check", CHILD, dir, `run-${run}`],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const kill = () => child.kill("SIGKILL");
  let timer = setTimeout(kill, DEADLINE_MS);
  let printed = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    if (printed === "") {
      clearTimeout(timer);
      timer = setTimeout(kill, Math.random() * 250);
    }
    printed += text;
  }
  clearTimeout(timer);
  assertEquals((await child.status).signal, "SIGKILL");
  // The last line may have been cut by the kill.
  return printed.split("\n").slice(0, -1);
}

dirTest("whenever the process is killed, what was acknowledged is saved, and saved once", async (dir) => {
  const acknowledged: string[] = [];
  for (let run = 0; run < 6; run++) {
    const keys = await killedRun(dir, run);
    assertGreater(keys.length, 0);
    acknowledged.push(...keys);
  }
  {
    await using open = await openMemory(dir, { config: { turnsPerDevice: 100_000 } });
    await untilFolded(open);
  }
  assertEquals(keysIn(dir, "journal"), []);
  const saved = keysIn(dir, "store");
  const unique = new Set(saved);
  assertEquals(unique.size, saved.length);
  assertEquals(acknowledged.filter((key) => !unique.has(key)), []);
  assert(saved.every((key) => /^run-\d\/\d+$/.test(key)));
});
