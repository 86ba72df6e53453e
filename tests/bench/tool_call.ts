/**
 * What a call of a tool that answers at once costs: the official client straight to the server over HTTP, and by way of our
 * own sources over HTTP and over the process of tool servers; the median of 200, in ms.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { httpPeer, stdioPeer } from "../support/mcp/peers.ts";
import { openServers } from "../tools/servers/rig.ts";

const CALLS = 200;
const WARM_UP = 20;

async function measure(name: string, call: () => Promise<unknown>): Promise<number> {
  for (let round = 0; round < WARM_UP; round++) await call();
  const times: number[] = [];
  for (let round = 0; round < CALLS; round++) {
    const beganMs = performance.now();
    await call();
    times.push(performance.now() - beganMs);
  }
  times.sort((left, right) => left - right);
  const at = (share: number) => times[Math.floor(share * times.length)] ?? 0;
  console.log(`${name.padEnd(34)} ${at(0.5).toFixed(2)} ms at the median, ${at(0.95).toFixed(2)} ms at p95`);
  return at(0.5);
}

const token = await Deno.makeTempFile();
await Deno.writeTextFile(token, "let-me-in");
const peer = await httpPeer();
const transport = new StreamableHTTPClientTransport(new URL(peer.url), {
  requestInit: { headers: { authorization: "Bearer let-me-in" } },
});
const client = new Client({ name: "bench", version: "1" });
await client.connect(transport);
await measure(
  "HTTP, the official client alone",
  () => client.callTool({ name: "echo", arguments: { text: "hi" } }),
);
await client.close();
{
  await using rig = await openServers({ web: { type: "http", url: peer.url, token: { file: token } } });
  await rig.up();
  await measure("HTTP, as a source of tools", () => rig.call("echo", { text: "hi" }));
}
await peer[Symbol.asyncDispose]();
{
  await using rig = await openServers({ local: stdioPeer() });
  await rig.up();
  const median = await measure("stdio, by the third process", () => rig.call("echo", { text: "hi" }));
  console.log(median <= 30 ? "ok: below 30 ms" : "FAIL: a stdio call may cost 30 ms");
}
await Deno.remove(token);
