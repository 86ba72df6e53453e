/**
 * 50 devices that send too much, beside one that behaves: whether the process-wide budget of sound holds after every
 * push, what the sound that is held really costs, and how much later the well-behaved device gets its words than
 * it does alone, in the same run. First the 50 are as far ahead as they may be, so that all of it is held and the
 * budget is reached; then they do the same with speech, which takes the recognizer a minute; then they send as fast as
 * TCP takes it and obey nobody.
 *
 * `deno run -A tests/bench/flood.ts`, or with `ws` behind it for the other transport.
 */
import { delay } from "@std/async";
import { CHUNK_OVERHEAD_BYTES } from "../../lib/audio/mod.ts";
import { SimulatedDevice } from "../../lib/device/mod.ts";
import { speechClip } from "../support/speech.ts";
import { FloodDevices, FloodGatewayProcess } from "./support/flood_process.ts";
import { percentile, report } from "./support/report.ts";

const DEVICES = 50;
const TURNS = 8;
const MB = 1e6;
/** Less than the 170 MB that 50 devices may hold. */
const BUDGET_BYTES = 96 * 1_024 * 1_024;
/** The most that one packet of these devices is charged: 60 ms of PCM, its Opus, and what a chunk costs. */
const CHUNK_BYTES = 1_920 + 400 + CHUNK_OVERHEAD_BYTES;
const NEVER = new AbortController().signal;
/** 1.1 s. */
const { pcm: SPEECH } = speechClip("ps_cards_001.wav");

await using gateway = new FloodGatewayProcess(BUDGET_BYTES, Deno.args[0] ?? "deno");
const url = await gateway.url();
await using device = await SimulatedDevice.connect({ url, mode: "manual" }, NEVER);

/** How long after the end of each utterance its words came, in ms. */
async function latencies(): Promise<number[]> {
  const found: number[] = [];
  for (let turn = 0; turn < TURNS; turn++) {
    const startedMs = performance.now();
    const { text } = await device.say(SPEECH);
    found.push(text === "" ? Infinity : performance.now() - startedMs - SPEECH.length / 16);
  }
  return found;
}

function reportLateness(name: string, ms: readonly number[], usualMs: number): void {
  const rounded = ms.map((one) => Math.round(one));
  report({
    name,
    measured: percentile(ms, 0.5) / usualMs,
    unit: "x",
    limit: 2,
    detail: { usualMs: Math.round(usualMs), worstTimes: Math.max(...ms) / usualMs, latenciesMs: rounded },
  });
}

function reportLost(name: string, ms: readonly number[]): void {
  report({ name, measured: ms.filter((one) => one === Infinity).length, unit: "texts", limit: 0 });
}

await latencies(); // the first ones pay for what is loaded late
const usualMs = percentile(await latencies(), 0.5);
const before = await gateway.stats("gc");

{
  await using _ahead = new FloodDevices(url, { devices: DEVICES, behavior: "ahead" });
  while ((await gateway.stats()).counters.audioEvictedForBudget === 0) await delay(100);
  reportLateness(
    "text beside 50 devices that are a minute ahead, of its usual time",
    await latencies(),
    usualMs,
  );
  const held = await gateway.stats("gc");
  report({
    name: "sound of 50 devices, as charged, at its highest after any push",
    measured: held.peakBytes / MB,
    unit: "MB",
    limit: (BUDGET_BYTES + DEVICES * CHUNK_BYTES) / MB,
    detail: { budgetMb: BUDGET_BYTES / MB, evicted: held.counters.audioEvictedForBudget },
  });
  report({
    name: "live memory for the sound that is held, of its charge",
    measured: (held.liveBytes - before.liveBytes) / held.audioBytes,
    unit: "x",
    limit: 1.3,
  });
  report({
    // What was evicted a moment ago is no longer charged, and its memory is there for what comes next.
    name: "resident memory for the sound of 50 devices, of its highest charge",
    measured: (held.residentBytes - before.residentBytes) / held.peakBytes,
    unit: "x",
    limit: 1.3,
    detail: {
      chargedMb: held.audioBytes / MB,
      beforeMb: before.residentBytes / MB,
      heldMb: held.residentBytes / MB,
    },
  });
}

{
  await using _talk = new FloodDevices(url, { devices: DEVICES, behavior: "talk" });
  await delay(5_000); // until what they said has come
  const beside = await latencies();
  report({
    // One recognition that is under way is waited for, which may be of 20 s.
    name: "latest text beside 50 devices that talk for a minute at once",
    measured: Math.max(...beside),
    unit: "ms",
    limit: 2_000,
    detail: { usualMs: Math.round(usualMs), latenciesMs: beside.map((one) => Math.round(one)) },
  });
  reportLost("texts lost beside them", beside);
}

{
  await using _flood = new FloodDevices(url, { devices: DEVICES, behavior: "flood" });
  while ((await gateway.stats()).counters.framesTooFast === 0) await delay(10);
  const beside = await latencies();
  reportLateness("text beside 50 devices that flood, of its usual time", beside, usualMs);
  reportLost("texts lost beside 50 devices that flood", beside);
  const { counters, peakBytes } = await gateway.stats();
  report({
    name: "sound of 50 devices that flood, as charged, at its highest after any push",
    measured: peakBytes / MB,
    unit: "MB",
    limit: (BUDGET_BYTES + DEVICES * CHUNK_BYTES) / MB,
    detail: { framesTooFast: counters.framesTooFast, sessionsClosed: counters.sessionsClosed },
  });
}
