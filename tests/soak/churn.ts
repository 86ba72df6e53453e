/**
 * 10,000 devices come and go, most of them with a fault, against the gateway and against a bare server that gives
 * the same answers: what is still open, what the live heap has grown by, and what is resident against the bare
 * server. Then 1,000 sessions with a hung recognizer are closed at once.
 *
 * `deno run -A tests/soak/churn.ts [deno|ws] [connects]`, a minute or two
 */
import { delay } from "@std/async";
import { MeasuredProcess } from "../support/measured_process.ts";
import { percentile, report } from "../bench/support/report.ts";
import { churn, recognizing, VISITS } from "./support/churn_clients.ts";
import type { BareAnswers } from "./support/bare_server.ts";
import { type ChurnAnswers, STORE_MS } from "./support/churn_gateway.ts";

const [TRANSPORT = "ws", connects = "10000"] = Deno.args;
const CONNECTS = Number(connects);
/** Until then caches and pools fill up; the heap is compared from here. */
const SETTLED = CONNECTS * 0.3;
const FIRST = CONNECTS * 0.02;
const AT_ONCE = 16;
const HUNG = Math.min(1_000, CONNECTS / 10);
const CLOSE_DEADLINE_MS = 5_000;
/** Deno pins a closed socket's timer until it fires; that is waited out before each look. */
const PING_TIMEOUT_SECONDS = 5;
const MB = 1e6;

async function visit(url: URL, count: number): Promise<void> {
  await churn(url, { count, atOnce: AT_ONCE });
  await delay((PING_TIMEOUT_SECONDS + 2) * 1_000);
}

function moduleOf(name: string): URL {
  return new URL(`./support/${name}.ts`, import.meta.url);
}

const args = [TRANSPORT, String(PING_TIMEOUT_SECONDS)];
await using gateway = new MeasuredProcess<ChurnAnswers>(moduleOf("churn_gateway"), { args, asStarted: true });
await using bare = new MeasuredProcess<BareAnswers>(moduleOf("bare_server"), { args });
await using bareAsStarted = new MeasuredProcess<BareAnswers>(moduleOf("bare_server"), {
  args,
  asStarted: true,
});
const [url, bareUrl] = [await gateway.url(), await bare.url()];
const idle = await gateway.ask("held");

await visit(url, FIRST);
const first = await gateway.ask("held");
await visit(url, SETTLED - FIRST);
const settled = await gateway.ask("held");
await visit(url, CONNECTS - SETTLED);
const last = await gateway.ask("held");
await visit(bareUrl, CONNECTS);
const bareLast = await bare.ask("held");
await visit(await bareAsStarted.url(), CONNECTS);
const bareAsStartedLast = await bareAsStarted.ask("held");

const open = {
  sessions: last.sessions,
  // What the deno transport could not end it counts, and holds against admission.
  sockets: last.sockets - last.abandoned,
  scopes: last.open.scopes - idle.open.scopes,
  resources: last.open.resources - idle.open.resources,
  audioBytes: last.audioBytes,
  vadStreams: last.vadStreams,
};
report({
  name: `transport ${TRANSPORT}, open after ${CONNECTS} connects, ${
    Object.keys(VISITS).length
  } kinds of visit`,
  measured: Object.values(open).reduce((sum, count) => sum + Math.abs(count), 0),
  unit: "things",
  limit: 0,
  detail: { ...open, sessionsOpened: last.counters.sessionsOpened, turnsText: last.counters.turnsText },
});
report({ name: "unhandled rejections", measured: last.unhandled, unit: "rejections", limit: 0 });
report({
  name: "sessions whose clean-up failed or was late",
  measured: last.counters.sessionsUnclean,
  unit: "sessions",
  limit: 0,
});
report({
  name: "file descriptors, more than after the first visits",
  measured: last.descriptors - last.abandoned - first.descriptors,
  unit: "descriptors",
  limit: 0,
  detail: { first: first.descriptors, last: last.descriptors, abandoned: last.abandoned },
});
report({
  name: `live heap per 1,000 connects, from ${SETTLED} to ${CONNECTS}`,
  measured: (last.heapBytes - settled.heapBytes) / MB / ((CONNECTS - SETTLED) / 1_000),
  unit: "MB",
  limit: 0.1,
  detail: { firstMB: first.heapBytes / MB, settledMB: settled.heapBytes / MB, lastMB: last.heapBytes / MB },
});
report({
  name: `resident after ${CONNECTS} connects, against a bare server`,
  measured: last.residentBytes / bareLast.residentBytes,
  unit: "ratio",
  limit: 1.2,
  detail: {
    idleMB: idle.residentBytes / MB,
    gatewayMB: last.residentBytes / MB,
    bareMB: bareLast.residentBytes / MB,
    bareWithTheSameFlagsMB: bareAsStartedLast.residentBytes / MB,
  },
});
const detail = { sessions: last.closeMs.length, turnsKept: last.memory?.journaled, storeMsAWrite: STORE_MS };
report({
  name: "a session's close, median",
  measured: percentile(last.closeMs, 0.5),
  unit: "ms",
  limit: 5,
  detail,
});
report({
  name: "a session's close, 99th percentile",
  measured: percentile(last.closeMs, 0.99),
  unit: "ms",
  limit: 20,
});

await gateway.ask("hang");
const sockets = await recognizing(url, HUNG);
const closed = await gateway.ask("close");
report({
  name: `closing ${HUNG} sessions at once whose recognizer hangs`,
  measured: closed.durationMs,
  unit: "ms",
  limit: CLOSE_DEADLINE_MS * 1.1,
  detail: { resources: closed.total, released: closed.ok, abandoned: closed.timedOut.length },
});
for (const socket of sockets) socket.drop();
