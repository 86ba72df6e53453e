import { fileURLToPath } from "node:url";
import { START_PERMISSIONS } from "./start_task.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What a command did. */
export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The lock file of `deno task load`. */
const LOAD_LOCK = `${ROOT}lib/device/load/load.lock`;

/** The executable that stands in for this checkout, where `EARSHOT_EXECUTABLE` names one. */
export const EXECUTABLE = Deno.env.get("EARSHOT_EXECUTABLE");

/** The words that a shell would be given to run `earshot ...args` of this checkout, or of the executable. */
export function earshotCommandLine(args: readonly string[]): string[] {
  if (EXECUTABLE !== undefined) return [Deno.realPathSync(EXECUTABLE), ...args];
  const lock = args[0] === "load" ? ["--lock", LOAD_LOCK] : [];
  const deno = [Deno.execPath(), "run", ...START_PERMISSIONS, "--quiet", "--config", `${ROOT}deno.json`];
  return [...deno, ...lock, `${ROOT}main.ts`, ...args];
}

/** The command `earshot ...args` of this checkout, not started yet. */
export function earshot(args: readonly string[], env: Record<string, string> = {}): Deno.Command {
  const [program = "", ...words] = earshotCommandLine(args);
  return new Deno.Command(program, {
    args: words,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1", ...env },
  });
}

/** Runs a command to its end. */
export async function runEarshot(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<CliResult> {
  const { code, stdout, stderr } = await earshot(args, env).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

/** The objects that a command printed, one a line. */
export function objectsOf(stdout: string): Record<string, unknown>[] {
  return stdout.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}
