import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  loadHistograms,
  type LoadPlan,
  type LoadResult,
  prepareSilence,
  prepareSound,
  runLoad,
  syllables,
} from "../../../lib/device/load/mod.ts";
import { CATALOG, EarshotError } from "../../../lib/errors/mod.ts";
import { openGateway, testTransports } from "../../support/test_gateway.ts";
import { HELLO, ScriptedGateway } from "../scripted_gateway.ts";
import { test } from "../../support/test.ts";
import { inTime } from "../../support/until.ts";

const createHistogram = await loadHistograms();
const NEVER = new AbortController().signal;
const FORMAT = { frameMs: 60, frameVersion: 1 } as const;
/** 600 ms. */
const UTTERANCE = prepareSound(syllables().subarray(0, 9_600), FORMAT);

interface Changes {
  readonly devices?: number;
  readonly durationMs?: number;
  readonly plan?: Partial<LoadPlan>;
  readonly signal?: AbortSignal;
}

function run(
  url: URL,
  { devices = 2, durationMs = 3_000, plan = {}, signal = NEVER }: Changes,
): Promise<LoadResult> {
  const whole: LoadPlan = {
    url,
    token: "",
    mode: "manual",
    ...FORMAT,
    utterances: [UTTERANCE],
    silence: prepareSilence(FORMAT),
    pauseMs: 50,
    answerTimeoutMs: 1_000,
    faultShare: 0,
    stamp: false,
    ...plan,
  };
  return runLoad({ plan: whole, devices, rampMs: 200, durationMs, createHistogram }, signal);
}

function assertWithin(value: number | null, [from, to]: readonly [number, number]): void {
  assert(value !== null && value >= from && value <= to, `${value} is not within ${from} and ${to}`);
}

testTransports(
  "devices of every mode get their words, at a real pace, and leave nothing behind",
  async (http) => {
    await Promise.all((["manual", "auto", "realtime"] as const).map(async (mode) => {
      await using gateway = await openGateway(http);
      const result = await run(gateway.url, { devices: 3, plan: { mode, answerTimeoutMs: 5_000 } });
      const { connections, turns, frames, errors, closes, latencyMs } = result;
      assertEquals(connections, { opened: 3, failed: 0, refused: 0, lost: 0, dropped: 0, peak: 3 }, mode);
      assertEquals([errors, closes, result.invalidMessages, frames.dropped], [{}, {}, 0, 0], mode);
      assert(turns.text >= 3, `${mode}: ${JSON.stringify(turns)}`);
      assert(turns.unfinished <= 3, `${mode}: ${JSON.stringify(turns)}`);
      assertEquals(latencyMs.text.count, turns.text - result.cutShort, mode);
      assertEquals([latencyMs.connect.count, latencyMs.hello.count], [3, 3]);
      // None is faster than the clock; and but in manual mode the microphone stays on.
      const most = 3 * (result.durationSeconds * 1_000 / 60 + 1);
      assertWithin(frames.sent, [mode === "manual" ? most / 4 : most * 0.6, most]);
      // With a button hardly anything else is sent: what a late process catches up with before the button is let go.
      const least = mode === "manual" ? frames.sent / 2 : frames.sent / 10;
      assertWithin(frames.spoken, [least, frames.sent]);
      if (mode !== "manual") assert(frames.spoken < frames.sent, `${mode}: silence counts as spoken`);
      assertEquals(result.interrupted, false);
      await gateway.until(() => gateway.gateway.stats.sessions === 0, "the end of all sessions");
    }));
  },
);

testTransports(
  "with a fault in every utterance a run ends by itself, and each fault is counted",
  async (http) => {
    await using gateway = await openGateway(http);
    const result = await run(gateway.url, { devices: 12, durationMs: 5_000, plan: { faultShare: 1 } });
    const { faults, turns, connections } = result;
    for (const [fault, count] of Object.entries(faults)) {
      assert(
        count > 0,
        `no ${fault}: ${JSON.stringify(faults)}`,
      );
    }
    assert(turns.dropped > 0 && turns.aborted > 0, JSON.stringify(turns));
    assert(turns.dropped <= faults.drop && turns.stalled <= faults.stall, JSON.stringify({ turns, faults }));
    assert(connections.dropped > 0 && connections.opened > 12, "who dropped came back");
    assertEquals(connections.lost, Object.values(result.closes).reduce((sum, count) => sum + count, 0));
    await gateway.until(() => gateway.gateway.stats.sessions === 0, "the end of all sessions");
  },
);

test("who is refused in words, or with 503, is counted as such, with how soon it was told", async () => {
  const message = CATALOG["server.overloaded"].device.en;
  const busy = { type: "alert", status: "Error", message, emotion: "sad" } as const;
  await using server = new ScriptedGateway((heard, caller) => {
    if (heard instanceof Uint8Array) return;
    if (heard.type === "hello") return caller.send(HELLO);
    if (heard.type !== "listen" || heard.state !== "start") return;
    caller.later(100, () => {
      caller.send(busy);
      caller.send({ type: "tts", state: "stop" });
    });
  });
  const plan = { mode: "auto", answerTimeoutMs: 5_000 } as const;
  const { turns, cutShort, latencyMs: { refusal } } = await run(server.url, { durationMs: 5_000, plan });
  assert(turns.refused >= 2 && turns.refused === refusal.count, JSON.stringify(turns));
  assertEquals([turns.alert, turns.text, turns.no_answer, cutShort], [0, 0, 0, 0]);
  assertWithin(refusal.p50, [99, 150]);
  await using full = await openGateway("deno", { server: { maxSessions: 1 } });
  const { connections, latencyMs } = await run(full.url, {});
  assertEquals([connections.opened, connections.refused >= 1], [1, true]);
  assertEquals(latencyMs.refusal.count, connections.refused);
});

test("latencies are those of the server: known delays come out as percentiles", async () => {
  const delaysMs = [100, 100, 100, 100, 100, 100, 100, 100, 100, 400];
  let turns = 0;
  await using server = new ScriptedGateway((heard, caller) => {
    if (heard instanceof Uint8Array) return caller.later(70, () => caller.send(heard.slice()));
    if (heard.type === "hello") return caller.later(150, () => caller.send(HELLO));
    if (heard.type !== "listen" || heard.state !== "stop") return;
    const delayMs = delaysMs[turns++ % delaysMs.length] ?? 0;
    caller.later(delayMs, () => caller.send({ type: "stt", text: "words" }));
    caller.later(delayMs + 60, () => caller.send({ type: "tts", state: "stop" }));
  });
  const utterances = [UTTERANCE.slice(0, 3)];
  const result = await run(server.url, { devices: 8, durationMs: 3_000, plan: { stamp: true, utterances } });
  const { hello, text, stop, echo } = result.latencyMs;
  assertWithin(hello.p50, [149, 190]);
  assert(text.count > 20);
  assertWithin(text.p50, [99, 130]);
  assertWithin(text.max, [399, 440]);
  assertWithin(stop.p50, [159, 195]);
  assertWithin(echo.p50, [69, 95]);
  assertEquals(result.turns.text, text.count);
  assertEquals(result.frames.stamped, result.frames.sent);
  assertWithin(echo.count, [result.frames.sent - 10, result.frames.sent]);
  assertWithin(result.lateMs.p50, [0, 10]);
});

test("a server that closes, refuses, answers nothing or nonsense is told apart", async () => {
  let calls = 0;
  await using server = new ScriptedGateway((heard, caller) => {
    if (heard instanceof Uint8Array) return;
    if (heard.type === "hello") {
      caller.send(HELLO, "no json");
      if (calls++ % 2 === 1) caller.close(4001, "another one");
      return;
    }
    if (heard.type === "listen" && heard.state === "stop") {
      caller.send({ type: "alert", status: "!", message: "busy", emotion: "sad" });
      caller.send({ type: "tts", state: "stop" });
    }
  });
  await using silent = new ScriptedGateway((heard, caller) => {
    if (!(heard instanceof Uint8Array) && heard.type === "hello") caller.send(HELLO);
  });
  const [result, unanswered] = await Promise.all([
    run(server.url, { devices: 2, durationMs: 3_000 }),
    run(silent.url, { devices: 1, durationMs: 2_000, plan: { answerTimeoutMs: 200 } }),
  ]);
  assert((result.closes["4001"] ?? 0) >= 1, JSON.stringify(result.closes));
  assert(result.turns.alert >= 1 && result.turns.text === 0, JSON.stringify(result.turns));
  assertEquals(result.invalidMessages, result.connections.opened);
  assert(unanswered.turns.no_answer >= 2, JSON.stringify(unanswered.turns));
  assertEquals(unanswered.latencyMs.stop.count, 0);
});

test("who is refused later on is counted with the HTTP status, and comes back", async () => {
  let requests = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    if (requests++ === 1) return new Response("full", { status: 503 });
    const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
    const hello = {
      type: "hello",
      transport: "websocket",
      audio_params: { format: "opus", sample_rate: 24_000, channels: 1, frame_duration: 60 },
    };
    socket.onmessage = ({ data }) => {
      if (typeof data === "string" && data.includes("hello")) socket.send(JSON.stringify(hello));
    };
    socket.onerror = (event) => event.preventDefault();
    return response;
  });
  const url = new URL(`ws://127.0.0.1:${server.addr.port}/`);
  const result = await run(url, { devices: 2, durationMs: 2_000 });
  assertEquals(result.errors, { "device.connect 503": 1 });
  assertEquals([result.connections.failed, result.connections.opened], [1, 2]);
  await server.shutdown();
});

test("a signal ends a run at once, whatever its devices do", async () => {
  await using server = new ScriptedGateway((heard, caller) => {
    if (!(heard instanceof Uint8Array) && heard.type === "hello") caller.send(HELLO);
  });
  const controller = new AbortController();
  const running = run(server.url, { devices: 4, durationMs: 60_000, signal: controller.signal });
  await server.until(() => server.packets > 10);
  controller.abort();
  const result = await inTime(running, "the end of the run");
  assertEquals([result.interrupted, result.turns.lost], [true, 0]);
  assertEquals((await run(server.url, { signal: AbortSignal.abort() })).connections.opened, 0);
});

test("where nobody listens the run fails before the other devices come", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const error = await assertRejects(
    () =>
      inTime(run(new URL(`ws://127.0.0.1:${port}/`), { devices: 100, durationMs: 60_000 }), "the failure"),
    EarshotError,
  );
  assertEquals(error.code, "device.connect");
});
