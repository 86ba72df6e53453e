import { fileURLToPath } from "node:url";

/** The module that a checkout runs as the process of tool servers. */
const ENTRY = new URL("./tool_servers_main.ts", import.meta.url);

/**
 * What starts the process: this very program. The executable has a command for it, with the permissions that it was built
 * with, of which it keeps one; from a checkout, `deno run` gives it no other.
 */
export function toolServersCommand(): { readonly program: string; readonly args: readonly string[] } {
  if (Deno.build.standalone) {
    const program = Deno.build.os === "linux" ? "/proc/self/exe" : Deno.execPath();
    return { program, args: ["tool-servers"] };
  }
  const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
  const flags = ["--quiet", "--no-prompt", "--cached-only", "--allow-run"];
  const project = ["--config", path("../../../../deno.json"), "--lock", path("../../../../deno.lock")];
  return { program: Deno.execPath(), args: ["run", ...flags, ...project, ENTRY.href] };
}
