import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { z } from "zod";
import { EXIT } from "../../lib/errors/mod.ts";
import { objectsOf, runEarshot } from "../support/cli.ts";
import { PythonServer, type PythonServerOptions, SILENCE_MS } from "../support/python_server.ts";
import { stepsAtOnce } from "../support/steps_at_once.ts";
import { test } from "../support/test.ts";

const counts = z.record(z.string(), z.number());

/** What `earshot load --json` says of a server, as far as it is asked for here. */
const report = z.object({
  connections: counts,
  latencyMs: z.record(z.string(), z.object({ count: z.number(), p50: z.number().nullable() })),
  turns: counts,
  frames: counts,
  errors: counts,
  closes: counts,
  invalidMessages: z.number(),
  generator: z.unknown(),
  server: z.unknown(),
});

/** Three devices that say what is no words, two seconds long, over and over. */
async function load(server: PythonServer, ...args: readonly string[]): Promise<z.output<typeof report>> {
  const { code, stdout, stderr } = await runEarshot([
    ...["load", "--json", "--url", server.url, "--devices", "3", "--ramp", "200ms", "--pause", "100ms"],
    ...args,
  ]);
  assertEquals(code, EXIT.ok, stderr);
  return report.parse(objectsOf(stdout)[0]);
}

function assertNear(value: number | null | undefined, expected: number, text: string): void {
  assert(typeof value === "number" && value >= expected - 20 && value < expected + 120, `${text}: ${value}`);
}

async function drives(mode: "manual" | "auto" | "realtime"): Promise<void> {
  const asrMs = 200;
  await using server = new PythonServer({ asrMs });
  const found = await load(server, "--mode", mode, "--duration", "5s");
  const { connections, latencyMs, turns, frames } = found;
  assertEquals(connections, { opened: 3, failed: 0, refused: 0, lost: 0, dropped: 0, peak: 3 });
  assertEquals([found.errors, found.closes, found.invalidMessages], [{}, {}, 0]);
  const { text = 0, unfinished = 0, ...others } = turns;
  assert(text >= 3 && unfinished <= 3, JSON.stringify(turns));
  assertEquals(Object.values(others).filter((count) => count > 0), [], JSON.stringify(turns));
  assertEquals([latencyMs["connect"]?.count, latencyMs["hello"]?.count], [3, 3]);
  assertEquals([latencyMs["text"]?.count, latencyMs["stop"]?.count], [text, text]);
  // Without a button the server has to notice the end by itself.
  assertNear(latencyMs["text"]?.p50, asrMs + (mode === "manual" ? 0 : SILENCE_MS), "text");
  assert((latencyMs["stop"]?.p50 ?? 0) > (latencyMs["text"]?.p50 ?? 0) + 250, "the answer is heard out");
  assertEquals(frames["dropped"], 0);
  assert(Number(frames["received"]) >= 8 * text, "its voice is bare packets");
  assert(server.recognized >= text && server.recognized <= text + unfinished, `${server.recognized}`);
  // Its `/metrics` is a line of text like every other path, and its process is not ours to see.
  assertEquals(found.server, null);
  assert(found.generator !== null);
  assertEquals(server.open, 0);
}

async function countsUnanswered(): Promise<void> {
  const unanswered = async (options: PythonServerOptions, ...args: readonly string[]) => {
    await using server = new PythonServer(options);
    const short = ["--mode", "manual", "--duration", "4s", "--answer-timeout", "300ms"];
    const { turns, latencyMs, closes } = await load(server, ...short, ...args);
    assert(Number(turns["no_answer"]) >= 3 && turns["text"] === 0, `${args}: ${JSON.stringify(turns)}`);
    assertEquals([latencyMs["text"]?.count, latencyMs["stop"]?.count, closes], [0, 0, {}]);
  };
  await Promise.all([
    unanswered({ words: "…" }),
    unanswered({}, "--protocol-version", "2"),
    unanswered({}, "--protocol-version", "3"),
  ]);
}

async function outlivesGoodbyes(): Promise<void> {
  await using server = new PythonServer({ idleMs: 1_500, loadMs: 500 });
  const silent = ["--mode", "realtime", "--pause", "3s", "--duration", "9s"];
  const { connections, closes, turns, errors } = await load(server, ...silent);
  assert(Number(closes["1000"]) >= 2, JSON.stringify(closes));
  assertEquals(connections["lost"], Object.values(closes).reduce((sum, count) => sum + count, 0));
  assert(Number(connections["opened"]) > 3, "who is sent away comes back");
  assert(Number(turns["text"]) >= 2, JSON.stringify(turns));
  assertEquals(errors, {});
}

async function misbehaves(): Promise<void> {
  await using server = new PythonServer();
  const faulty = ["--mode", "auto", "--duration", "5s", "--faults", "100%", "--answer-timeout", "1s"];
  const { turns, closes, invalidMessages, errors } = await load(server, ...faulty);
  assert(Number(turns["dropped"]) + Number(turns["aborted"]) > 0, JSON.stringify(turns));
  assertEquals([closes, invalidMessages, errors], [{}, 0, {}]);
}

async function isToldOfWrongToken(): Promise<void> {
  await using server = new PythonServer({ token: "right" });
  const args = ["load", "--url", server.url, "--ramp", "0s", "--duration", "1s"];
  const refused = await runEarshot([...args, "--token", "wrong"]);
  assertEquals([refused.code, refused.stdout], [EXIT.network, ""]);
  assertStringIncludes(refused.stderr, "the gateway closed the connection (1000)");
  const { code, stdout } = await runEarshot([...args, "--token", "right"]);
  assertEquals(code, EXIT.ok);
  assertMatch(stdout, /the server +not seen\n/);
}

test("load and the Python server", async (t) => {
  await stepsAtOnce(t, [
    ["outlives its goodbyes after silence, and models that load", outlivesGoodbyes],
    ["drives it in mode manual, and its report is right", () => drives("manual")],
    ["drives it in mode auto, and its report is right", () => drives("auto")],
    ["drives it in mode realtime, and its report is right", () => drives("realtime")],
    ["misbehaves toward it as toward ours", misbehaves],
    ["counts what it leaves unanswered: what has no words, and framing it does not know", countsUnanswered],
    ["a token that it does not take ends a load: it says so only after the upgrade", isToldOfWrongToken],
  ], { limit: 4 });
});
