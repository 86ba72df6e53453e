/**
 * What each socket transport survives: every fault against a bare gateway in a process of its own, with deadlines of
 * a few seconds, as a table in Markdown. About 4 minutes; half-open peers need root and `ip`.
 *
 *     deno task survival
 */
import { delay } from "@std/async";
import { RawWebSocket } from "../../lib/device/mod.ts";
import { MeasuredProcess } from "../support/measured_process.ts";
import { type Fault, FAULTS } from "./support/survival_faults.ts";
import type { SurvivalAnswers } from "./support/survival_gateway.ts";
import { VanishingNetwork } from "./support/vanishing_network.ts";

/** How long a fault goes on at most; the longest deadline of the gateway is 6 s. */
const WAIT_MS = 20_000;
const MODULE = new URL("./support/survival_gateway.ts", import.meta.url);

/** Whether a well-behaved device is greeted within 3 s. */
async function isServed(url: URL): Promise<boolean> {
  const signal = AbortSignal.timeout(3_000);
  try {
    const socket = await RawWebSocket.connect(url, {}, signal);
    signal.addEventListener("abort", () => socket.drop());
    socket.send(`{"type":"hello"}`);
    for await (const _hello of socket) {
      socket.drop();
      return true;
    }
  } catch {
    // it was not let in
  }
  return false;
}

async function survive(fault: Fault, transport: string, index: number): Promise<string> {
  await using network = fault.vanishes ? await VanishingNetwork.open(index) : undefined;
  if (fault.vanishes && network === undefined) return "not run: needs root and `ip`";
  const args = [transport, network?.hostname ?? "127.0.0.1"];
  if (fault.descriptors !== undefined) args.push(String(fault.descriptors));
  await using gateway = new MeasuredProcess<SurvivalAnswers>(MODULE, { args, asStarted: true });
  const url = await gateway.url();
  if (fault.descriptors !== undefined) {
    // From outside: to start another program the gateway itself would need descriptors.
    const args = [`--pid=${gateway.pid}`, `--nofile=${fault.descriptors}`];
    await new Deno.Command("prlimit", { args }).output();
  }
  // The runtime opens a few descriptors of its own at its first work.
  for (let round = 0; round < 2; round++) {
    await isServed(url);
    await gateway.ask("held");
    await delay(500);
  }
  const before = await gateway.ask("held");
  const end = new AbortController();
  const connections: Deno.Conn[] = [];
  const acts: Promise<void>[] = [];
  const startedMs = performance.now();
  if (network !== undefined) {
    await network.connect(Number(url.port), fault.peers);
    await network.cut();
  }
  for (let count = 0; network === undefined && count < fault.peers; count++) {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(url.port) }).catch(() => {});
    if (connection === undefined) break; // the gateway has no descriptor left to listen with
    connections.push(connection);
    acts.push(fault.act(connection, end.signal).catch(() => {}));
  }
  await delay(500);
  const served = await isServed(url);
  let held = await gateway.ask("held");
  let mostBytes = held.residentBytes;
  while (held.descriptors > before.descriptors && performance.now() - startedMs < WAIT_MS) {
    await delay(250);
    held = await gateway.ask("held");
    mostBytes = Math.max(mostBytes, held.residentBytes);
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  const kept = held.descriptors - before.descriptors;
  end.abort();
  for (const connection of connections) connection.close();
  await Promise.all(acts);
  await delay(1_000);
  const servedLater = await isServed(url);
  const abandoned = held.abandoned > 0 ? ` (${held.abandoned} counted as abandoned)` : "";
  return [
    kept > 0
      ? `**${kept} of ${fault.peers} still held** after ${Math.round(seconds)} s${abandoned}`
      : `freed in ${seconds.toFixed(0)} s`,
    `+ ${Math.max(0, Math.round((mostBytes - before.residentBytes) / 1e6))} MB`,
    served ? "others served" : servedLater ? "**others served only afterward**" : "**others not served**",
  ].join("; ");
}

const only = Deno.args[0];
const print = (cells: readonly string[]) => {
  // deno-lint-ignore no-console -- the table is what it is for
  console.log(`| ${cells.join(" | ")} |`);
};
print(["Fault", "`deno`", "`ws`"]);
print(["---", "---", "---"]);
for (const [index, fault] of FAULTS.entries()) {
  if (only !== undefined && !fault.name.includes(only)) continue;
  const deno = await survive(fault, "deno", index * 2);
  const ws = await survive(fault, "ws", index * 2 + 1);
  print([`${fault.name} (${fault.peers})`, deno, ws]);
}
