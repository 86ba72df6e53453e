import { fileURLToPath } from "node:url";
import { cached } from "./cache.ts";
import { run } from "./run.ts";

const INSTALL_MS = 900_000;
const PYTHON = Deno.env.get("EARSHOT_PYTHON") ?? "python3";

/** The path of one of this task's own scripts and lists of packages. */
export function pythonFile(name: string): string {
  return fileURLToPath(new URL(`./python/${name}`, import.meta.url));
}

/** The Python of a virtual environment that has the packages which `list` names. */
export async function pythonWith(list: string, signal: AbortSignal): Promise<string> {
  const path = pythonFile(list);
  const version = await run([PYTHON, "--version"], { signal, deadlineMs: 30_000 });
  const recipe = version + await Deno.readTextFile(path);
  const dir = await cached(list.replace(".txt", ""), recipe, async (dir) => {
    await run([PYTHON, "-m", "venv", dir], { signal, deadlineMs: INSTALL_MS });
    await pip(`${dir}/bin/python`, ["install", "-r", path], signal);
  });
  return `${dir}/bin/python`;
}

/** A folder of the cache with what the packages of `list` hold, each checked against the digest that the list has. */
export async function packagesOf(
  list: string,
  signal: AbortSignal,
  finish: (dir: string) => Promise<void> = () => Promise.resolve(),
): Promise<string> {
  const path = pythonFile(list);
  return await cached(list.replace(".txt", ""), await Deno.readTextFile(path), async (dir) => {
    await pip(PYTHON, ["install", "--no-deps", "--require-hashes", "--target", dir, "-r", path], signal);
    await finish(dir);
  });
}

async function pip(python: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  const quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-cache-dir"];
  await run([python, "-m", "pip", ...args, ...quiet], { signal, deadlineMs: INSTALL_MS });
}
