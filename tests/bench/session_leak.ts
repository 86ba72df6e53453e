/**
 * 200 sessions are opened, used and closed, a third of them by vanishing: what the gateway still holds by its
 * own count, and how its live heap (after a forced collection) compares with that after the first 20.
 *
 * `deno run -A tests/bench/session_leak.ts`
 */
import { fileURLToPath } from "node:url";
import { SimulatedDevice } from "../../lib/device/mod.ts";
import { report } from "./support/report.ts";

const SESSIONS = 200;
const FIRST = 20;
const AT_ONCE = 10;
/** Deno keeps 4.5 KB of every closed socket until its idle timer fires; a short one is waited out. */
const PING_TIMEOUT_SECONDS = 3;
const SPEECH = Int16Array.from({ length: 16_000 }, (_, i) => 8_000 * Math.sin(i / 6));
const NEVER = new AbortController().signal;

const child = new Deno.Command(Deno.execPath(), {
  args: [
    "run",
    "-A",
    "--quiet",
    "--no-check",
    "--v8-flags=--expose-gc",
    "--lock=tests/deno.lock",
    fileURLToPath(new URL("support/leak_gateway.ts", import.meta.url)),
    String(PING_TIMEOUT_SECONDS),
  ],
  stdin: "piped",
  stdout: "piped",
}).spawn();
const questions = child.stdin.getWriter();
const answers = child.stdout.pipeThrough(new TextDecoderStream()).getReader();

async function answer(): Promise<Record<string, unknown>> {
  const { value = "{}" } = await answers.read();
  return JSON.parse(value);
}

async function held(): Promise<Record<string, unknown>> {
  await new Promise((resolve) => setTimeout(resolve, (PING_TIMEOUT_SECONDS + 1) * 1_000));
  await questions.write(new TextEncoder().encode("held\n"));
  return await answer();
}

async function use(url: URL, index: number): Promise<void> {
  const mode = index % 2 === 0 ? "auto" : "manual";
  const faults = index % 3 === 0 ? { dropAfterMs: 150 } : {};
  await using device = await SimulatedDevice.connect({ url, mode, paceFactor: 8, faults }, NEVER);
  await device.say(SPEECH).catch(() => {}); // a device that vanishes gets no answer
}

async function useMany(url: URL, count: number): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (next < count) await use(url, next++);
  }));
}

const { url } = await answer();
const gateway = new URL(String(url));
await useMany(gateway, FIRST);
const before = await held();
await useMany(gateway, SESSIONS - FIRST);
const after = await held();
await questions.close();
await answers.cancel();
await child.status;

for (const name of ["sessions", "sockets", "audioBytes", "vadStreams"]) {
  report({
    name: `${name} held after ${SESSIONS} sessions`,
    measured: Number(after[name]),
    unit: "count",
    limit: 0,
  });
}
const resources = (counts: Record<string, unknown>) => JSON.stringify(counts["open"]);
report({
  name: `scopes and resources open beyond those after ${FIRST} sessions`,
  measured: resources(before) === resources(after) ? 0 : 1,
  unit: "count",
  limit: 0,
});
report({
  name: `live heap against that after ${FIRST} sessions`,
  measured: (Number(after["heapBytes"]) - Number(before["heapBytes"])) / 1e6,
  unit: "MB",
  limit: 1,
});
