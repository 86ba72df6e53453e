import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { lanAddresses } from "../../lib/server/mod.ts";
import { adminVerdict } from "../../lib/server/auth/admin_access.ts";
import { createSessionCounters } from "../../lib/session/mod.ts";
import { FakeEngine } from "../support/fake_engine.ts";
import { HandDevice } from "../support/hand_device.ts";
import { test } from "../support/test.ts";
import { TestGateway } from "../support/test_gateway.ts";
import { until } from "../support/until.ts";

/** What is not a count of something that has happened. */
const NOT_ZERO = new Set([
  "earshot_build_info",
  "earshot_process_start_time_seconds",
  "earshot_process_cpu_seconds_total",
  "earshot_process_resident_bytes",
  "earshot_process_heap_bytes",
  "earshot_admission_places_limit",
  "earshot_listening_limit",
  "earshot_audio_budget_bytes",
  "earshot_engine_state",
  "earshot_engine_warm",
]);

async function scrape(gateway: TestGateway): Promise<string> {
  await gateway.gateway.listening;
  const response = await fetch(gateway.http("/metrics"));
  assertEquals(response.status, 200);
  assertEquals(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  return await response.text();
}

/** Waits for a line that says so; a scrape may be 250 ms old. */
async function shows(gateway: TestGateway, line: string): Promise<void> {
  let text = "";
  await until(
    async () =>
      (text = await scrape(gateway)).includes(`
${line}
`),
    line,
    { found: () => text },
  );
}

test("every metric is there from the start, at zero, well named, and says nothing of a device", async () => {
  await using gateway = new TestGateway();
  await using _device = await HandDevice.open(gateway, { headers: { "device-id": "02:00:00:00:00:aa" } });
  await gateway.until(() => gateway.gateway.stats.sessions === 1, "the session");
  const text = await scrape(gateway);
  const types = new Map(
    [...text.matchAll(/^# TYPE (\S+) (counter|gauge|histogram)$/gm)].map((
      [, name = "", type],
    ) => [name, type]),
  );
  assert(types.size > 40, `${types.size} metrics`);
  for (const [name, type] of types) {
    assertMatch(name, /^earshot(_[a-z0-9]+)+$/);
    assertEquals(name.endsWith("_total"), type === "counter", name);
    if (type === "histogram") assert(/_(seconds|bytes)$/.test(name), name);
  }
  for (const line of text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))) {
    const [, name = "", labels = "", value] = /^([a-z0-9_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    assert(name !== "", `Cannot read ${line}`);
    const family = types.has(name) ? name : name.replace(/_(bucket|sum|count)$/, "");
    assert(types.has(family), line);
    const opened = ["sessions", "sockets", "admission_places", "sessions_opened_total"];
    if (opened.some((open) => name === `earshot_${open}`)) assertEquals(value, "1", line);
    else if (family !== "earshot_event_loop_lateness_seconds" && !NOT_ZERO.has(name)) {
      assertEquals(value, "0", line);
    }
    assert(!/02:00|device_id|session_id/.test(labels), line);
  }
});

test("every counter of sessions is shown", async () => {
  await using gateway = new TestGateway();
  const text = await scrape(gateway);
  const counters = [...text.matchAll(/^# TYPE (\S+) counter$/gm)].map(([, name = ""]) =>
    name.replaceAll("_", "").toLowerCase()
  );
  for (
    const name of Object.keys(createSessionCounters()).filter((name) => !name.startsWith("audioEvicted"))
  ) {
    assert(counters.includes(`earshot${name.toLowerCase()}total`), name);
  }
  for (const cause of ["chunks", "bytes", "duration", "budget"]) {
    assertStringIncludes(text, `earshot_audio_evicted_chunks_total{cause="${cause}"} 0\n`);
  }
});

test("what happens shows: a turn, its latency, the end of the session and its clean-up", async () => {
  await using gateway = new TestGateway();
  {
    await using device = await HandDevice.listen(gateway, "manual");
    device.speak(300);
    device.stop();
    await device.hears(["stt segment 0", "tts start", "tts stop"]);
    await shows(gateway, "earshot_text_latency_seconds_count 1");
    device.say({ type: "goodbye" });
    await device.ended;
  }
  await shows(gateway, "earshot_sessions_closed_total 1");
  await shows(gateway, `earshot_session_ends_total{end="goodbye"} 1`);
  await shows(gateway, "earshot_cleanup_duration_seconds_count 1");
  await shows(gateway, `earshot_cleanup_resources_total{outcome="timed_out"} 0`);
  await shows(gateway, "earshot_turns_text_total 1");
  await shows(gateway, "earshot_audio_chunks_total 5");
  await shows(gateway, "earshot_audio_charged_bytes 0");
});

test("what is dropped and refused shows while it goes on, not only at the end", async () => {
  await using gateway = new TestGateway(undefined, {
    audio: { maxDurationMs: 1_000 },
    server: { maxSessions: 1 },
  });
  await using device = await HandDevice.listen(gateway, "manual");
  device.speak(3_000);
  await device.settled();
  await shows(gateway, `earshot_audio_evicted_chunks_total{cause="duration"} 34`);
  await (await fetch(gateway.http("/xiaozhi/v1/"), { headers: { upgrade: "websocket" } })).body?.cancel();
  await shows(gateway, `earshot_admission_refused_total{cause="full"} 1`);
  await shows(gateway, "earshot_admission_places_limit 1");
  device.send(new Uint8Array(20_000));
  await device.ended;
  await shows(gateway, "earshot_messages_too_big_total 1");
});

test("the engine's state and its jobs show", async () => {
  const lane = { queued: 3, running: 2, done: 7, failed: 1, refused: 4, displaced: 6 };
  const engine = Object.assign(new FakeEngine(), {
    stats: { state: "waiting", warmed: false, runtime: "native", restarts: 5, recognition: lane } as const,
  });
  await using gateway = new TestGateway(engine);
  const text = await scrape(gateway);
  for (
    const line of [
      `earshot_engine_state{state="waiting"} 1`,
      `earshot_engine_state{state="ready"} 0`,
      "earshot_engine_warm 0",
      "earshot_engine_restarts_total 5",
      `earshot_engine_jobs_queued{lane="recognition"} 3`,
      `earshot_engine_jobs_running{lane="recognition"} 2`,
      `earshot_engine_jobs_total{lane="recognition",outcome="refused"} 4`,
      `earshot_engine_jobs_total{lane="recognition",outcome="displaced"} 6`,
      `earshot_engine_jobs_total{lane="streaming",outcome="refused"} 0`,
      `earshot_engine_jobs_total{lane="detection",outcome="done"} 0`,
    ]
  ) assertStringIncludes(text, `${line}\n`);
});

test("a thousand scrapes at once are one collection", async () => {
  let asked = 0;
  const engine = new FakeEngine();
  const { stats } = engine;
  Object.defineProperty(engine, "stats", { get: () => (asked++, stats) });
  await using gateway = new TestGateway(engine);
  await scrape(gateway); // by now the gateway has asked for itself
  const anotherTime = () => new Promise((resolve) => setTimeout(resolve, 300));
  await anotherTime();
  asked = 0;
  await scrape(gateway);
  const once = asked;
  await anotherTime();
  asked = 0;
  const startedMs = performance.now();
  for (let block = 0; block < 10; block++) {
    await Promise.all(Array.from({ length: 100 }, () => scrape(gateway)));
  }
  const collections = 1 + Math.ceil((performance.now() - startedMs) / 250);
  assert(asked >= once && asked <= once * collections, `${asked} of ${once} for each collection`);
});

test("Prometheus itself finds nothing to complain about", async () => {
  await using gateway = new TestGateway();
  const text = await scrape(gateway);
  const promtool = new Deno.Command("promtool", {
    args: ["check", "metrics"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stdin = promtool.stdin.getWriter();
  await stdin.write(new TextEncoder().encode(text));
  await stdin.close();
  const { code, stderr } = await promtool.output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
}, { ignore: !(await hasPromtool()) });

test("only this machine sees what is inside; for others it is well or not, and no more", async () => {
  await using gateway = new TestGateway(undefined, { server: { hostname: "0.0.0.0" } });
  await gateway.gateway.listening;
  const port = gateway.gateway.port;
  const forwarded = { headers: { "x-forwarded-for": "192.0.2.1" } };
  const outside = lanAddresses()[0]?.address;
  const strangers: [string, RequestInit][] = [
    [`http://127.0.0.1:${port}`, forwarded],
    [`http://127.0.0.1:${port}`, { headers: { forwarded: "for=192.0.2.1" } }],
    ...(outside === undefined ? [] : [[`http://${outside}:${port}`, {}] satisfies [string, RequestInit]]),
  ];
  for (const [origin, init] of strangers) {
    const metrics = await fetch(`${origin}/metrics`, init);
    assertEquals(metrics.status, 403, origin);
    assertStringIncludes(await metrics.text(), "[auth.admin]");
    const health = await fetch(`${origin}/healthz`, init);
    assertEquals([health.status, await health.json()], [200, { status: "ok" }]);
    const ready = await fetch(`${origin}/readyz`, init);
    assertEquals([ready.status, (await ready.json()).ready], [200, true]);
  }
  await scrape(gateway);
});

test("loopback is the TCP peer's, in every spelling, and not a proxy's", () => {
  const request = (headers: Record<string, string> = {}) => new Request("http://localhost/", { headers });
  const adminAllowed = (request: Request, peer: string) =>
    adminVerdict(request, { peer, token: undefined, names: [] }) === "allowed";
  assertEquals(
    ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "192.0.2.1", "::2", "localhost", ""]
      .map((peer) => adminAllowed(request(), peer)),
    [true, true, true, true, false, false, false, false],
  );
  for (const name of ["Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"]) {
    assertEquals(adminAllowed(request({ [name]: "127.0.0.1" }), "127.0.0.1"), false, name);
  }
});

async function hasPromtool(): Promise<boolean> {
  try {
    return (await new Deno.Command("promtool", { args: ["--version"], stdout: "null" }).output()).success;
  } catch {
    return false;
  }
}
