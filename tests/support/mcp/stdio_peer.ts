/**
 * An MCP server as a program, with the faults that its arguments name.
 *
 * @module
 */
import { makePeer } from "./peer.ts";
import { StdioServerTransport } from "./server_package.ts";

const faults = new Set(Deno.args);
const write = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(text));

if (faults.has("die-at-start")) {
  Deno.stderr.writeSync(new TextEncoder().encode("Error: no key is set\n"));
  Deno.exit(3);
}
if (faults.has("hang")) await new Promise(() => setInterval(() => {}, 1_000));
if (faults.has("garbage")) {
  write('hello, I am starting\n{"broken": \n{"jsonrpc":"2.0","id":"zzz","result":{}}\n\n');
}
if (faults.has("only-garbage")) { for (;;) write("log line\n"); }
if (faults.has("deaf")) {
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) Deno.addSignalListener(signal, () => {});
  // Nor does it end with its stdin.
  setInterval(() => {}, 1_000);
}
if (faults.has("fork")) {
  const child = new Deno.Command("sleep", { args: ["1000"], stdin: "null", stdout: "inherit" }).spawn();
  child.unref();
  Deno.writeTextFileSync(Deno.env.get("FORK_FILE") ?? "", String(child.pid));
}
const server = makePeer({
  call: (tool) => {
    if (tool === "die") Deno.exit(9);
    if (tool === "learn" && faults.has("garbage")) write("more garbage\n");
    return undefined;
  },
  onCancel: () => {
    const file = Deno.env.get("CANCEL_FILE");
    if (file !== undefined) Deno.writeTextFileSync(file, "canceled");
  },
});
await server.connect(new StdioServerTransport());
