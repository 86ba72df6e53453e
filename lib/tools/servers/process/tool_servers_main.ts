import "./stderr_console.ts";
import { EarshotError } from "../../../errors/mod.ts";
import { heldPermissions } from "../../../executable/mod.ts";
import { readLines } from "./lines.ts";
import { decodeRequest, encodeLine, type HostReply, MAX_LINE_BYTES } from "./messages.ts";
import { signalGroup } from "./process_group.ts";
import { ToolHost } from "./tool_host.ts";

/**
 * The process of tool servers from beginning to end: runs the commands of the config, and ends with its stdin, so that
 * neither it nor they outlive the gateway, however that one ended. It may run programs, and nothing else.
 */
export async function runToolServers(): Promise<never> {
  ignoreSignals();
  dropPermissions();
  const output = Deno.stdout.writable.getWriter();
  // The gateway reads all the time; where it does not, the system ends both.
  const reply = (message: HostReply) => void output.write(encodeLine(message)).catch(() => {});
  let host: ToolHost | undefined;
  let orphans: Promise<unknown> = Promise.resolve();
  reply({ type: "ready", permissions: heldPermissions() });
  await readLines(Deno.stdin.readable, {
    onLine: (line) => {
      const request = decodeRequest(line);
      if (request.type !== "setup") return host?.handle(request);
      const { version, env } = request;
      orphans = Promise.all(request.orphans.map((pid) => signalGroup(pid, "SIGKILL")));
      host = new ToolHost({ version, env, reply });
    },
    onTooLong: () => fail(new EarshotError("internal", "Cannot read the gateway: its line is too long")),
  }, { maxBytes: MAX_LINE_BYTES });
  await orphans;
  await host?.close();
  Deno.exit(0);
}

function dropPermissions(): void {
  for (const name of ["read", "write", "net", "env", "sys", "ffi", "import"] as const) {
    Deno.permissions.revokeSync({ name });
  }
}

/** A terminal and a service manager signal the whole process group; the gateway ends this process when it is time. */
function ignoreSignals(): void {
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT", "SIGBREAK"] : ["SIGINT", "SIGTERM"];
  for (const signal of signals) Deno.addSignalListener(signal, () => {});
}

function fail(error: EarshotError): never {
  Deno.stderr.writeSync(new TextEncoder().encode(`${error.message}\n`));
  Deno.exit(1);
}

if (import.meta.main) await runToolServers();
