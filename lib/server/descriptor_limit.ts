import { readProcSync } from "../telemetry/mod.ts";

/**
 * How many file descriptors this process may have open; `undefined` when the system does not say, or sets no
 * limit. Deno itself raises the soft limit to the hard one when it starts, so this is what counts.
 */
export function readDescriptorLimit(): number | undefined {
  return Deno.build.os === "linux" ? fromProc() : fromShell();
}

/** Those of a child, which inherits ours. */
function fromProc(): number | undefined {
  try {
    return parseLimits(readProcSync("/proc/self/limits"));
  } catch {
    return undefined; // not permitted
  }
}

function fromShell(): number | undefined {
  if (Deno.build.os === "windows") return undefined;
  try {
    const { stdout } = new Deno.Command("/bin/sh", { args: ["-c", "ulimit -n"], stderr: "null" })
      .outputSync();
    return positive(new TextDecoder().decode(stdout).trim());
  } catch {
    return undefined; // no shell, or not permitted
  }
}

/** The soft limit in the text of `/proc/PID/limits`. */
export function parseLimits(text: string): number | undefined {
  return positive(/^Max open files[ \t]+(\S+)/m.exec(text)?.[1] ?? "");
}

function positive(text: string): number | undefined {
  return /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
}
