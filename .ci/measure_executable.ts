/**
 * What the executable weighs, how fast it is there and what it holds, each against its limit.
 *
 *     deno task measure-executable [--starts 5 | 0 for the sizes alone] [dist/earshot]
 *
 * A size beyond its limit fails; times and memory are the machine's as well, so they are only told. For Linux.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { delay } from "@std/async";
import { parseArgs } from "node:util";
import { readPack } from "../lib/executable/mod.ts";

/** When a gateway that nobody speaks to has become quiet, in ms after its models are loaded. */
const IDLE_MS = 20_000;
const MB = 1e6;

interface Row {
  readonly what: string;
  readonly measured: number;
  readonly limit: number;
  readonly unit: string;
  /** What else is to be said of it. */
  readonly note?: string;
}

/** Resident memory of a process, in MB. */
interface Resident {
  readonly mb: number;
  /** What is no page of a file, which another process and the disk have as well. */
  readonly ownMb: number;
}

/** One start of the gateway. */
interface Start {
  readonly listeningMs: number;
  readonly warmMs: number;
  readonly gateway: Resident;
  readonly engine: Resident;
}

async function start(executable: string, idleMs: number): Promise<Start> {
  const data = await Deno.makeTempDir({ prefix: "earshot-measure-" });
  const startedMs = performance.now();
  const child = new Deno.Command(executable, {
    args: [
      "serve",
      "--json",
      "--port",
      "0",
      "--hostname",
      "127.0.0.1",
      "--data",
      data,
      "--log-level",
      "error",
    ],
    cwd: data,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  try {
    const { http } = JSON.parse((await lines.read()).value ?? "{}");
    const listeningMs = performance.now() - startedMs;
    for (let ready = false; !ready;) {
      const response = await fetch(`${http}readyz`);
      await response.body?.cancel();
      ready = response.ok;
      if (performance.now() - startedMs > 30_000) {
        throw new Error("Cannot measure: its models are not loaded in time");
      }
      if (!ready) await delay(20);
    }
    const warmMs = performance.now() - startedMs;
    await delay(idleMs);
    const [engine = 0] = await childrenOf(child.pid);
    return {
      listeningMs,
      warmMs,
      gateway: await resident(child.pid),
      engine: await resident(engine),
    };
  } finally {
    child.kill("SIGTERM");
    await lines.cancel();
    await child.status;
    await Deno.remove(data, { recursive: true });
  }
}

async function childrenOf(pid: number): Promise<number[]> {
  const { stdout } = await new Deno.Command("pgrep", { args: ["-P", String(pid)] }).output();
  return new TextDecoder().decode(stdout).trim().split("\n").map(Number);
}

async function resident(pid: number): Promise<Resident> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const mb = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]) * 1_024 / MB;
  return { mb: mb("VmRSS"), ownMb: mb("RssAnon") };
}

/** The size after `zstd` at its default level; nothing where there is no `zstd`. */
async function compressedMb(path: string): Promise<number | undefined> {
  try {
    const child = new Deno.Command("zstd", {
      args: ["--quiet", "--stdout", path],
      stdout: "piped",
      stderr: "null",
    }).spawn();
    let sizeBytes = 0;
    for await (const part of child.stdout) sizeBytes += part.byteLength;
    return sizeBytes / MB;
  } catch {
    return undefined;
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

function print({ what, measured, limit, unit, note }: Row): void {
  const verdict = measured <= limit ? "ok  " : "OVER";
  console.log(
    `${verdict}  ${what.padEnd(18)}${measured.toFixed(0).padStart(6)} ${unit} (limit ${limit})${
      note === undefined ? "" : `; ${note}`
    }`,
  );
}

/** How fast it starts and what it holds in memory; nothing for no starts. */
async function startRows(count: number): Promise<readonly Row[]> {
  if (count === 0) return [];
  const starts: Start[] = [];
  for (let index = 0; index < count; index++) starts.push(await start(executable, 0));
  const { gateway, engine } = await start(executable, IDLE_MS);
  const own = ({ ownMb }: Resident) => `${ownMb.toFixed(0)} of it its own, the rest pages of the program`;
  const listeningMs = median(starts.map((start) => start.listeningMs));
  const readyMs = median(starts.map((start) => start.warmMs));
  return [
    { what: "listening after", measured: listeningMs, limit: 1_000, unit: "ms" },
    { what: "ready after", measured: readyMs, limit: 3_000, unit: "ms" },
    { what: "gateway, idle", measured: gateway.mb, limit: 130, unit: "MB resident", note: own(gateway) },
    { what: "engine, loaded", measured: engine.mb, limit: 480, unit: "MB resident", note: own(engine) },
  ];
}

const { values, positionals: [path = "dist/earshot"] } = parseArgs({
  options: { starts: { type: "string", default: "5" } },
  allowPositionals: true,
});
const executable = await Deno.realPath(path);
const sizeMb = (await Deno.stat(executable)).size / MB;
const compressed = await compressedMb(executable);
const sizes: Row[] = [
  { what: "size", measured: sizeMb, limit: 250, unit: "MB" },
  ...compressed === undefined
    ? []
    : [{ what: "size after zstd", measured: compressed, limit: 110, unit: "MB" }],
];
for (const row of [...sizes, ...await startRows(Number(values.starts))]) print(row);
const parts = [...readPack(executable)].map(([name, { sizeBytes }]) => [name, sizeBytes / MB] as const);
const packMb = parts.reduce((sum, [, mb]) => sum + mb, 0);
console.log("\nwhat is in it, in MB:");
const rest = ["Deno's runtime, our code and the packages", sizeMb - packMb] as const;
for (const [name, mb] of [rest, ...parts].toSorted((a, b) => b[1] - a[1])) {
  console.log(`${mb.toFixed(1).padStart(8)}  ${name}`);
}
Deno.exit(sizes.every(({ measured, limit }) => measured <= limit) ? 0 : 1);
