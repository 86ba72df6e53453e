import { configure, reset } from "@logtape/logtape";
import { assert, assertEquals, assertObjectMatch, assertRejects, assertThrows } from "@std/assert";
import { EarshotError } from "../../lib/errors/mod.ts";
import { EngineClient, type EngineOptions } from "../../lib/engine/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { noise } from "../support/noise.ts";
import { decodedPackets, packetChunks } from "../support/packets.ts";
import { assertSameSound } from "../support/same_sound.ts";
import { test } from "../support/test.ts";
import { isAlive } from "./processes.ts";
import { until } from "../support/until.ts";

const ENTRY = new URL("./fake_engine.ts", import.meta.url);

/** A client of the fake engine; `manner` says how that one misbehaves at its start. */
function client(options: Partial<EngineOptions> & { manner?: string } = {}): EngineClient {
  const { manner = "", ...rest } = options;
  return new EngineClient({ models: { flite: manner }, runtime: "wasm", entry: ENTRY, ...rest });
}

/** A sound that the fake engine recognizes in so many ms. */
function soundOf(ms: number): Int16Array {
  return Int16Array.of(ms, 0);
}

async function codeOf(job: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => job, EarshotError)).code;
}

test("jobs of every kind are done by the process, which the first one starts", async () => {
  await using engine = client();
  assertEquals(engine.stats.state, "idle");
  assertEquals((await engine.recognize(soundOf(0))).text, "2");
  engine.closeVadStream(4);
  const heard = await engine.detectSpeech([{ streamId: 9, pcm: new Int16Array(1024) }]);
  assertEquals(heard, [
    { streamId: 9, probabilities: Float32Array.of(0.5, 0.5) },
    { streamId: 4, probabilities: new Float32Array(0) },
  ]);
  assertEquals(await engine.speak("hello"), { pcm: Int16Array.of(1, -2, 3), sampleRateHz: 16_000 });
  assertEquals(engine.stats.warmed, false);
  await engine.warm();
  const { state, runtime, warmed, restarts, recognition } = engine.stats;
  assertEquals({ state, runtime, warmed, restarts }, {
    state: "ready",
    runtime: "wasm",
    warmed: true,
    restarts: 0,
  });
  assertEquals(recognition, { queued: 0, running: 0, done: 1, failed: 0, refused: 0, displaced: 0 });
});

test("packets of several devices are heard at once, each device's as one sound, until it is released or the process ends", async () => {
  await using engine = client();
  const [one, two] = [{}, {}];
  const packets = packetChunks(noise(9 * 960, 8_000));
  const whole = decodedPackets(packets);
  const hear = async (source: object, from: number, end: number, streamId = 1) => {
    const request = { streamId, source, packets: packets.slice(from, end), keepFromSeq: 0 };
    const other = { streamId: 7, source: two, packets: packets.slice(0, 1), keepFromSeq: 0 };
    const heard = await engine.hear([{ ...request, wants: "pcm" }, other]);
    assertEquals(heard.map(({ streamId }) => streamId), [streamId, 7]);
    assertEquals(Object.keys(heard[1] ?? {}), ["streamId", "probabilities"]);
    return heard[0];
  };
  engine.releaseSound(one); // of which the engine knows nothing
  const first = await hear(one, 0, 3);
  assertEquals(first?.probabilities, new Float32Array(5).fill(0.5));
  assertSameSound(first?.pcm ?? [], whole.slice(0, 3));
  const second = await hear(one, 3, 6);
  assertEquals(second?.probabilities.length, 6, "with the rest of the sound before");
  assertSameSound(second?.pcm ?? [], whole.slice(3, 6));
  assertEquals((await hear(one, 6, 7, 2))?.probabilities.length, 1, "a new stream has no rest");
  engine.releaseSound(one, 5);
  assertSameSound((await hear(one, 7, 8))?.pcm ?? [], whole.slice(7, 8));
  engine.releaseSound(one);
  assertSameSound((await hear(one, 8, 9))?.pcm ?? [], decodedPackets(packets.slice(8)));
  assertEquals(await codeOf(engine.speak("die")), "engine.crashed");
  assertSameSound((await hear(one, 3, 6))?.pcm ?? [], decodedPackets(packets.slice(3, 6)));
  assertEquals((await hear(one, 6, 7))?.probabilities.length, 2, "the rest of 180 ms, and 60 ms more");
});

test("closing ends the process, gives up its jobs, and may be done twice", async () => {
  const engine = client();
  await engine.start();
  const { pid } = engine.stats;
  assert(pid !== undefined && isAlive(pid));
  const held = codeOf(engine.recognize(soundOf(30_000)));
  await Promise.all([engine.close(), engine.close()]);
  assertEquals(await held, "engine.unavailable");
  assert(!isAlive(pid));
  assertEquals(engine.stats.state, "closed");
  assertEquals(await codeOf(engine.recognize(soundOf(0))), "engine.unavailable");
  assertEquals(await codeOf(engine.start()), "canceled");
});

test("a client that was never started, or is closed while it starts, leaves nothing behind", async () => {
  await client().close();
  for (const [manner, delayMs] of [["", 0], ["", 20], ["hangs", 150]] as const) {
    const engine = client({ manner });
    const started = codeOf(engine.start());
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    await engine.close();
    assertEquals(await started, "canceled");
  }
});

test("a process that does not end by itself is killed after 2 s", async () => {
  const clock = new FakeClock();
  const engine = client({ clock });
  await engine.start();
  const { pid } = engine.stats;
  const held = codeOf(engine.speak("hang"));
  const closed = engine.close();
  await clock.advance(2_000);
  await closed;
  assertEquals(await held, "engine.unavailable");
  assert(pid !== undefined && !isAlive(pid));
});

test("detection does not wait behind recognitions", async () => {
  await using engine = client({ recognitionWorkers: 1 });
  await engine.start();
  const recognitions = [engine.recognize(soundOf(200)), engine.recognize(soundOf(200))];
  await engine.detectSpeech([{ streamId: 1, pcm: new Int16Array(512) }]);
  assertEquals(engine.stats.recognition.running + engine.stats.recognition.queued, 2);
  await Promise.all(recognitions);
});

test("a stream is recognized piece by piece, and the engine drops it when it ends or is closed", async () => {
  await using engine = client();
  const [one, two] = [engine.openStream(), engine.openStream()];
  assertEquals((await one.write(new Int16Array(3))).partial, "3 samples, 1 streams");
  assertEquals((await two.write(new Int16Array(5))).partial, "5 samples, 2 streams");
  assertEquals(engine.stats.openStreams, 2);
  assertEquals(await one.write(new Int16Array(1), { finish: true }), {
    finals: ["4 samples, 2 streams"],
    partial: "",
  });
  assertEquals(await codeOf(one.write(new Int16Array(1))), "canceled");
  one.close();
  two.close();
  two.close();
  assertEquals(await codeOf(two.write(new Int16Array(1))), "canceled");
  const three = engine.openStream();
  assertEquals((await three.write(new Int16Array(1))).partial, "1 samples, 1 streams");
  three.close();
  assertEquals(engine.stats.openStreams, 0);
});

test("a stream without a piece costs the engine nothing, and one given up is dropped", async () => {
  await using engine = client({ recognitionWorkers: 1 });
  engine.openStream().close();
  assertEquals(engine.stats.state, "idle");
  const stream = engine.openStream();
  await stream.write(new Int16Array(1));
  const giveUp = new AbortController();
  const piece = codeOf(stream.write(new Int16Array(1), { signal: giveUp.signal }));
  giveUp.abort();
  assertEquals(await piece, "canceled");
  stream.close();
  const next = engine.openStream();
  assertEquals((await next.write(new Int16Array(2))).partial, "2 samples, 1 streams");
  next.close();
});

test("a stream whose engine ended fails with a retryable error, and the next one is heard", async () => {
  await using engine = client();
  const stream = engine.openStream();
  await stream.write(new Int16Array(1));
  const idle = engine.openStream();
  assertEquals(await codeOf(stream.write(Int16Array.of(13))), "engine.crashed");
  const error = await assertRejects(() => stream.write(new Int16Array(1)), EarshotError);
  assertEquals([error.code, error.retryable], ["engine.crashed", true]);
  stream.close();
  assertEquals((await idle.write(new Int16Array(2))).partial, "2 samples, 1 streams");
  idle.close();
  assertEquals(engine.stats.restarts, 1);
});

test("too many streams are refused", async () => {
  await using engine = client();
  const streams = Array.from({ length: 256 }, () => engine.openStream());
  assertEquals((assertThrows(() => engine.openStream(), EarshotError)).code, "engine.busy");
  assertEquals(engine.stats.streaming.refused, 1);
  for (const stream of streams) stream.close();
  engine.openStream().close();
});

test("a full queue of recognitions says busy", async () => {
  await using engine = client({ recognitionWorkers: 1, recognitionQueue: 1 });
  await engine.start();
  const taken = [engine.recognize(soundOf(50)), engine.recognize(soundOf(0))];
  assertEquals(await codeOf(engine.recognize(soundOf(0))), "engine.busy");
  await Promise.all(taken);
});

test("a job that fails is answered and the process goes on", async () => {
  await using engine = client();
  assertEquals(await codeOf(engine.speak("fail")), "engine.job_failed");
  await engine.speak("hello");
  assertEquals(engine.stats.restarts, 0);
});

for (const [fault, text] of [["dies", "die"], ["babbles", "babble"]] as const) {
  test(`a process that ${fault} loses the jobs it holds, and what waited is done by the next one`, async () => {
    await using engine = client({ recognitionWorkers: 1 });
    await engine.start();
    const { pid } = engine.stats;
    const held = engine.recognize(soundOf(30_000));
    const waiting = engine.recognize(soundOf(0));
    assertEquals(await codeOf(engine.speak(text)), "engine.crashed");
    const error = await assertRejects(() => held, EarshotError);
    assertEquals([error.code, error.retryable], ["engine.crashed", true]);
    assertEquals((await waiting).text, "2");
    assertEquals(engine.stats.restarts, 1);
    assert(engine.stats.pid !== pid);
  });
}

test("a process that hangs past a job's deadline is killed and replaced", async () => {
  await using engine = client();
  await engine.start();
  const { pid } = engine.stats;
  assertEquals(await codeOf(engine.speak("hang", { deadlineMs: 100 })), "engine.timeout");
  await engine.speak("hello");
  assert(pid !== undefined && !isAlive(pid));
  assertEquals(engine.stats.restarts, 1);
});

test("a native abort ends that process alone, and the log says how", async () => {
  const messages: unknown[] = [];
  await configure({
    reset: true,
    sinks: { memory: (record) => messages.push(record.properties) },
    loggers: [
      { category: ["earshot", "engine"], sinks: ["memory"] },
      { category: ["logtape", "meta"], lowestLevel: "error" },
    ],
  });
  await using cleanUp = new AsyncDisposableStack();
  cleanUp.defer(reset);
  await using engine = client({ runtime: "native" });
  assertEquals(await codeOf(engine.speak("abort")), "engine.crashed");
  await engine.speak("hello");
  assertObjectMatch(Object(messages.find((properties) => "exitCode" in Object(properties))), {
    exitCode: 134,
    signal: "SIGABRT",
  });
}, { ignore: Deno.build.os !== "linux" });

test("a job given up by its caller ends at once and the engine goes on", async () => {
  await using engine = client();
  await engine.start();
  const giveUp = new AbortController();
  const job = codeOf(engine.recognize(soundOf(100), { signal: giveUp.signal }));
  giveUp.abort();
  assertEquals(await job, "canceled");
  await engine.recognize(soundOf(0));
  assertEquals(engine.stats.restarts, 0);
});

test("a sentence that nobody waits for frees its caller at once, and the voice as soon as the engine can", async () => {
  await using engine = client();
  await engine.start();
  const giveUp = new AbortController();
  const long = codeOf(engine.speak("long", { signal: giveUp.signal }));
  const next = engine.speak("next");
  await until(() => engine.stats.voice.running === 1, "the engine speaks");
  giveUp.abort();
  assertEquals(await long, "canceled");
  assertEquals((await next).pcm, Int16Array.of(1, -2, 3));
  assertEquals(engine.stats.restarts, 0);
});

test("jobs wait 2 s for an engine that is being started, and are refused at once after that", async () => {
  const clock = new FakeClock();
  await using engine = client({ manner: "hangs", clock });
  const waiting = codeOf(engine.recognize(soundOf(0)));
  await clock.advance(2_000);
  assertEquals(await waiting, "engine.unavailable");
  assertEquals(await codeOf(engine.recognize(soundOf(0))), "engine.unavailable");
});

test("an engine that hangs at its start is killed after 30 s", async () => {
  const clock = new FakeClock();
  await using engine = client({ manner: "hangs", clock });
  const started = codeOf(engine.start());
  await until(() => clock.pending > 1, "the process is awaited");
  await clock.advance(30_000);
  assertEquals(await started, "lifecycle.deadline");
});

test("an engine that dies at every start is started ever more slowly", async () => {
  const clock = new FakeClock();
  await using engine = client({ manner: "dies", clock });
  const error = await assertRejects(() => engine.start(), EarshotError);
  assertEquals([error.code, error.retryable], ["engine.crashed", true]);
  assert(error.message.includes("code 3"), error.message);
  for (const waitMs of [100, 200, 400]) {
    await until(() => engine.stats.state === "waiting", "the engine waits");
    await clock.advance(waitMs - 1);
    assertEquals(engine.stats.state, "waiting");
    await clock.advance(1);
    assertEquals(engine.stats.state, "starting");
  }
});

test("auto takes the other runtime when the native one cannot be loaded, and stays with it", async () => {
  await using engine = client({ runtime: "auto", manner: "no native" });
  await engine.start();
  assertEquals(engine.stats.runtime, "wasm");
  await codeOf(engine.speak("die"));
  await engine.speak("hello");
  assertEquals([engine.stats.runtime, engine.stats.restarts], ["wasm", 1]);
});

test("when no runtime can be loaded the error names both causes", async () => {
  await using engine = client({ runtime: "auto", manner: "dies" });
  const error = await assertRejects(() => engine.start(), EarshotError);
  assertEquals(error.code, "engine.runtime");
  assertEquals(error.message.split("code 3").length, 3);
});

test("the process does not outlive a parent that is killed", async () => {
  const parent = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-lock", new URL("./orphan_parent.ts", import.meta.url).href],
    stdout: "piped",
  }).spawn();
  const lines = parent.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const pid = Number((await lines.read()).value);
  assert(isAlive(pid));
  parent.kill("SIGKILL");
  await parent.status;
  await until(() => !isAlive(pid), "the engine has ended");
  while (!(await lines.read()).done);
});

test("a parent without ffi can start the engine, and start it again", async () => {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-lock",
      "--no-prompt",
      "--allow-read",
      `--allow-run=${Deno.execPath()}`,
      new URL("./humble_parent.ts", import.meta.url).href,
    ],
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
});
