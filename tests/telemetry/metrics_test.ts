import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { defineMetrics, Metrics } from "../../lib/telemetry/mod.ts";
import { test } from "../support/test.ts";

const definitions = defineMetrics({
  frames: { type: "counter", name: "earshot_audio_frames_total", help: "Frames." },
  evicted: {
    type: "counter",
    name: "earshot_audio_evicted_total",
    help: "Evicted chunks.",
    labels: { cause: ["chunks", "bytes"], owner: ["asr"] },
  },
  sessions: { type: "gauge", name: "earshot_sessions", help: "Sessions." },
  workers: { type: "gauge", name: "earshot_workers", help: "Workers.", labels: { state: ["idle", "busy"] } },
  delay: { type: "histogram", name: "earshot_asr_delay_seconds", help: "Delay.", buckets: [0.1, 1] },
});

/** All values by name and labels, as the text format writes them; of a histogram its count and sum. */
async function valuesOf(metrics: Metrics): Promise<Record<string, number>> {
  const values: Record<string, number> = {};
  for (const line of (await metrics.text()).split("\n")) {
    const cut = line.lastIndexOf(" ");
    if (line.startsWith("#") || cut < 0 || /_bucket\{/.test(line)) continue;
    values[line.slice(0, cut)] = Number(line.slice(cut + 1));
  }
  return values;
}

test("everything is there at zero from the start", async () => {
  const metrics = new Metrics();
  metrics.register(definitions);
  assertEquals(await valuesOf(metrics), {
    "earshot_audio_frames_total": 0,
    'earshot_audio_evicted_total{cause="chunks",owner="asr"}': 0,
    'earshot_audio_evicted_total{cause="bytes",owner="asr"}': 0,
    "earshot_sessions": 0,
    'earshot_workers{state="idle"}': 0,
    'earshot_workers{state="busy"}': 0,
    "earshot_asr_delay_seconds_sum": 0,
    "earshot_asr_delay_seconds_count": 0,
  });
});

test("what stages say shows, in the format of Prometheus", async () => {
  const metrics = new Metrics();
  const block = metrics.register(definitions);
  block.frames.add(2);
  block.evicted.add(3, { cause: "bytes", owner: "asr" });
  block.sessions.set(4);
  block.workers.set(1, { state: "busy" });
  block.delay.observe(0.5);
  const text = await metrics.text();
  assertStringIncludes(text, "# TYPE earshot_audio_frames_total counter\nearshot_audio_frames_total 2\n");
  assertStringIncludes(text, 'earshot_audio_evicted_total{cause="bytes",owner="asr"} 3\n');
  assertStringIncludes(text, 'earshot_workers{state="busy"} 1\n');
  assertStringIncludes(text, 'earshot_asr_delay_seconds_bucket{le="1"} 1\n');
  assertStringIncludes(metrics.contentType, "text/plain");
  assertEquals((await valuesOf(metrics))["earshot_asr_delay_seconds_sum"], 0.5);
});

test("a plain integer is read at the scrape, and one that starts again goes on counting", async () => {
  const metrics = new Metrics();
  const block = metrics.register(definitions);
  const counts = { frames: 5, evicted: 1, sessions: 2 };
  block.frames.read(() => counts.frames);
  block.evicted.read(() => counts.evicted, { cause: "chunks", owner: "asr" });
  block.sessions.read(() => counts.sessions);
  assertEquals((await valuesOf(metrics))["earshot_audio_frames_total"], 5);
  counts.frames = 7;
  counts.sessions = 1;
  assertEquals((await valuesOf(metrics))["earshot_audio_frames_total"], 7);
  counts.frames = 3;
  const values = await valuesOf(metrics);
  assertEquals(values["earshot_audio_frames_total"], 10);
  assertEquals(values["earshot_sessions"], 1);
  assertEquals(values['earshot_audio_evicted_total{cause="chunks",owner="asr"}'], 1);
});

test("two sets of metrics know nothing of each other, and a name is taken once", async () => {
  const one = new Metrics();
  const other = new Metrics();
  one.register(definitions).frames.add(1);
  other.register(definitions);
  assertEquals((await valuesOf(other))["earshot_audio_frames_total"], 0);
  assertThrows(() => one.register(definitions), TypeError, "earshot_audio_frames_total");
  const bad = defineMetrics({ bad: { type: "gauge", name: "earshot_Bad-name", help: "" } });
  assertThrows(() => one.register(bad), TypeError, "not well formed");
});
