/** What starts programs where only it may be run: the executable for Linux, whose permissions are a list. */
export const LAUNCHER = "/usr/bin/env";

/** Whether any program may be run; else {@linkcode LAUNCHER} alone, which runs any. */
function mayRunAll(): boolean {
  return Deno.permissions.querySync({ name: "run" }).state === "granted";
}

/** A program with its three pipes, at the head of a group of processes of its own. */
export function startGroup(
  [program = "", ...args]: readonly string[],
  { env, cwd }: { readonly env: Readonly<Record<string, string>>; readonly cwd?: string | undefined },
): Deno.ChildProcess {
  const [command, words] = mayRunAll() ? [program, args] : [LAUNCHER, ["--", program, ...args]];
  return new Deno.Command(command, {
    args: words,
    clearEnv: true,
    env: { ...env },
    ...(cwd !== undefined && { cwd }),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    detached: Deno.build.os !== "windows",
  }).spawn();
}

/** Signals a whole group: what a program has started itself ends with it, unless that has left the group. */
export async function signalGroup(pid: number, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (Deno.build.os === "windows") return;
  try {
    if (mayRunAll()) Deno.kill(-pid, signal);
    else {
      await new Deno.Command(LAUNCHER, {
        args: ["kill", `-${signal.slice(3)}`, "--", `-${pid}`],
        clearEnv: true,
        env: { PATH: "/usr/bin:/bin" },
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).output();
    }
  } catch {
    // The group is gone.
  }
}
