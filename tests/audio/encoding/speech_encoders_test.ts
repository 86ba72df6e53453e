import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertRejects,
  assertThrows,
} from "@std/assert";
import {
  OpusDecoder,
  opusPacketDurationMs,
  type SpeechEncoder,
  SpeechEncoders,
  type SpeechEncodersOptions,
} from "../../../lib/audio/mod.ts";
import { EarshotError, type ErrorCode } from "../../../lib/errors/mod.ts";
import { Scope } from "../../../lib/lifecycle/mod.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { peakDb, rmsDb, tone, voicedDb, withVoicedDb } from "../../support/levels.ts";
import { noise } from "../../support/noise.ts";
import { speechClips, speechMissing } from "../../support/speech.ts";
import { test } from "../../support/test.ts";
import { inTime, until } from "../../support/until.ts";

const ignore = speechMissing();
const OUT_HZ = 24_000;
const MODULE = new URL("../../../lib/audio/encoding/workers/encoding_worker.ts", import.meta.url);

/** Encoders with what their Workers were sent; closing asserts that nothing is left. */
function openEncoders(options: Partial<SpeechEncodersOptions> = {}) {
  const scope = new Scope("test");
  const workers: Worker[] = [];
  const sent: unknown[] = [];
  let living = 0;
  const spawn = () => {
    const worker = new Worker(MODULE, { type: "module" });
    const [post, terminate] = [worker.postMessage.bind(worker), worker.terminate.bind(worker)];
    worker.postMessage = (message: unknown, transfer?: Transferable[] | StructuredSerializeOptions) => {
      sent.push(message);
      if (Array.isArray(transfer)) post(message, transfer);
      else post(message, transfer);
    };
    worker.terminate = () => {
      living--;
      terminate();
    };
    living++;
    workers.push(worker);
    return worker;
  };
  const encoders = new SpeechEncoders({ scope, spawn, ...options });
  return {
    encoders,
    scope,
    workers,
    sent,
    open: (frameDurationMs = 60, signal = new AbortController().signal) =>
      encoders.open({ frameDurationMs, signal }),
    async [Symbol.asyncDispose]() {
      assertEquals((await scope.close()).failed, []);
      assertEquals([encoders.stats.workers, living], [0, 0]);
    },
  };
}

/** Says one piece, given in parts of so many samples, and gives its packets. */
async function say(
  encoder: SpeechEncoder,
  pcm: Int16Array,
  { voice = "test", sampleRateHz = 16_000, step = Infinity } = {},
): Promise<Uint8Array[]> {
  encoder.piece({ voice });
  const packets: Uint8Array[] = [];
  for (let at = 0; at < pcm.length; at += step) {
    packets.push(...await encoder.write({ pcm: pcm.slice(at, at + step), sampleRateHz }));
  }
  packets.push(...(await encoder.endPiece()).packets);
  return packets;
}

function decoded(packets: readonly Uint8Array[]): Int16Array {
  const decoder = new OpusDecoder({ sampleRateHz: OUT_HZ });
  try {
    return Int16Array.from(packets.flatMap((packet) => [...decoder.decode(packet)]));
  } finally {
    decoder.close();
  }
}

async function assertCode(call: Promise<unknown>, code: ErrorCode): Promise<EarshotError> {
  const error = await assertRejects(() => inTime(call, code), EarshotError);
  assertEquals(error.code, code);
  return error;
}

test("speech of -6 to -30 dB leaves at -18 dB, as a sentence at once, and no sample is cut off", async () => {
  await using rig = openEncoders();
  for (const { file, pcm } of speechClips()) {
    for (const db of [-6, -12, -18, -24, -30]) {
      const encoder = rig.open();
      const packets = await say(encoder, withVoicedDb(pcm, db, 16_000), { voice: `${file} ${db}` });
      packets.push(...await encoder.finish());
      encoder.close();
      const heard = decoded(packets);
      assertAlmostEquals(voicedDb(heard, OUT_HZ), -18, 2, `${file} of ${db} dB`);
      assert(peakDb(heard) <= -1, `${file} of ${db} dB: ${peakDb(heard)}`);
    }
  }
}, { ignore });

test("speech of a known voice leaves at -18 dB as it trickles in, and nothing of it is held", async () => {
  await using rig = openEncoders();
  for (const { file, pcm } of speechClips().slice(0, 5)) {
    const encoder = rig.open();
    const source = withVoicedDb(pcm, -27, 16_000);
    await say(encoder, source, { voice: file });
    await encoder.finish();
    encoder.piece({ voice: file });
    const packets: Uint8Array[] = [];
    for (let at = 0; at < source.length; at += 320) {
      packets.push(...await encoder.write({ pcm: source.slice(at, at + 320), sampleRateHz: 16_000 }));
      // 60 ms of a packet, 100 before the voice sets in, 20 for its level, 25 for what is held to join and to limit.
      assert((at + 320) / 16 - packets.length * 60 <= 205, `${at / 16} ms: ${packets.length} packets`);
    }
    packets.push(...(await encoder.endPiece()).packets, ...await encoder.finish());
    encoder.close();
    assertAlmostEquals(voicedDb(decoded(packets), OUT_HZ), -18, 2, file);
  }
}, { ignore });

test("pieces of one answer that differ by 24 dB leave equally loud", async () => {
  await using rig = openEncoders();
  const encoder = rig.open();
  for (const db of [-6, -30, -18, -12, -24]) {
    const pcm = tone(32_000, { sampleRateHz: 16_000, amplitude: 32_768 * Math.SQRT2 * 10 ** (db / 20) });
    pcm.fill(0, 31_000);
    const heard = decoded(await say(encoder, pcm));
    assertAlmostEquals(rmsDb(heard.subarray(2_400, 1.9 * OUT_HZ)), -18, 1, `${db} dB`);
  }
  encoder.close();
});

test("noise and silence are not raised", async () => {
  await using rig = openEncoders();
  const encoder = rig.open();
  const pcm = noise(32_000, 300);
  assert(rmsDb(decoded(await say(encoder, pcm))) < rmsDb(pcm) + 1);
  await encoder.finish();
  assert(peakDb(decoded(await say(encoder, new Int16Array(16_000)))) < -80);
  encoder.close();
});

test("packets come in order and in the duration that was asked for, the buffer is handed over", async () => {
  await using rig = openEncoders();
  for (const frameDurationMs of [5, 20, 60, 120]) {
    const encoder = rig.open(frameDurationMs);
    const pcm = tone(4_800, { sampleRateHz: 16_000 });
    const part = tone(32_000, { sampleRateHz: 16_000, from: 4_800 }).subarray(16_000);
    encoder.piece({ voice: "tone" });
    const packets = [...await encoder.write({ pcm, sampleRateHz: 16_000 })];
    assertEquals(pcm.length, 0);
    packets.push(...await encoder.write({ pcm: part, sampleRateHz: 16_000 }));
    assertEquals(part.length, 16_000); // a part of a buffer is copied
    packets.push(...(await encoder.endPiece()).packets, ...await encoder.finish());
    encoder.close();
    assert(packets.every((packet) => opusPacketDurationMs(packet) === frameDurationMs));
    assertEquals(packets.length, Math.ceil(1_300 / frameDurationMs));
  }
});

test("a minute at once is encoded in jobs of 0.3 s, and no further than its packets are taken", async () => {
  await using rig = openEncoders();
  const encoder = rig.open();
  encoder.piece({ voice: "long" });
  const minute = tone(60 * 24_000, { sampleRateHz: 24_000 });
  const packets = encoder.encode({ pcm: minute, sampleRateHz: 24_000 });
  assertEquals((await packets.next()).value?.length, 4);
  assertEquals(rig.sent.length, 1);
  await packets.return(undefined);
  assertEquals(rig.sent.length, 1);
  assertEquals((await encoder.write({ pcm: minute, sampleRateHz: 24_000 })).length, 1_000);
  assertEquals(rig.sent.length, 1 + 200);
  encoder.close();
});

test("answers take turns: a minute of one does not hold up a word of another", async () => {
  await using rig = openEncoders({ maxWorkers: 1 });
  const [long, short] = [rig.open(), rig.open()];
  await say(short, tone(1_600, { sampleRateHz: 16_000 })); // the Worker is there
  long.piece({ voice: "long" });
  let isDone = false;
  const minute = long.write({ pcm: tone(60 * 24_000, { sampleRateHz: 24_000 }), sampleRateHz: 24_000 })
    .then(() => isDone = true);
  await say(short, tone(1_600, { sampleRateHz: 16_000 }));
  assertEquals(isDone, false);
  await minute;
  long.close();
  short.close();
});

test("ready packets come in the duration of the answer, or as an error that ends it", async () => {
  await using rig = openEncoders();
  const maker = rig.open(60);
  const ready = await say(maker, tone(48_000, { sampleRateHz: 16_000 }));
  maker.close();
  const encoder = rig.open(20);
  assertEquals(await encoder.transcode([]), []);
  const packets = await encoder.transcode(ready);
  assertEquals(packets.length, ready.length * 3);
  assertAlmostEquals(rmsDb(decoded(packets).subarray(2_400, 48_000)), -18, 1);
  await assertCode(encoder.transcode([Uint8Array.of(3)]), "audio.decode");
  await assertCode(encoder.finish(), "audio.decode");
  encoder.close();
});

for (const way of ["close", "abort"] as const) {
  test(`${way} during a call fails it at once, and frees its encoder`, async () => {
    await using rig = openEncoders();
    const controller = new AbortController();
    const encoder = rig.open(60, controller.signal);
    encoder.piece({ voice: "a" });
    const writing = encoder.write({ pcm: tone(480_000, { sampleRateHz: 24_000 }), sampleRateHz: 24_000 });
    const failed = assertCode(writing, "canceled");
    await until(() => rig.sent.length > 3);
    if (way === "close") encoder.close();
    else controller.abort();
    await failed;
    await assertCode(encoder.endPiece(), "canceled");
    encoder.close();
    await until(() => rig.encoders.stats.streams === 0);
    const other = rig.open();
    await say(other, tone(1_600, { sampleRateHz: 16_000 }));
    assertEquals([rig.encoders.stats.streams, rig.encoders.stats.held], [1, 1]);
    other.close();
  });
}

test("a signal that has ended already opens nothing", async () => {
  await using rig = openEncoders();
  const encoder = rig.open(60, AbortSignal.abort());
  encoder.piece({ voice: "a" });
  await assertCode(encoder.write({ pcm: new Int16Array(100), sampleRateHz: 16_000 }), "canceled");
  assertEquals([rig.encoders.stats.streams, rig.sent.length], [0, 0]);
});

test("a Worker that dies fails its answers with a retryable error, and the next answer gets another", async () => {
  await using rig = openEncoders({ maxWorkers: 1 });
  const [one, other] = [rig.open(), rig.open()];
  await say(one, tone(1_600, { sampleRateHz: 16_000 }));
  await say(other, tone(1_600, { sampleRateHz: 16_000 }));
  one.piece({ voice: "a" });
  const failed = assertCode(
    one.write({ pcm: tone(240_000, { sampleRateHz: 24_000 }), sampleRateHz: 24_000 }),
    "lifecycle.worker_died",
  );
  rig.workers[0]?.postMessage({ notice: null });
  assert((await failed).retryable);
  assert((await assertCode(other.finish(), "lifecycle.worker_died")).retryable);
  assertEquals([rig.encoders.stats.streams, rig.encoders.stats.workersLost], [0, 1]);
  const next = rig.open();
  assertEquals((await say(next, tone(16_000, { sampleRateHz: 16_000 }))).length, 16);
  assertEquals(rig.encoders.stats.held, 1);
  next.close();
});

test("a Worker that hangs is ended at the deadline", async () => {
  const clock = new FakeClock();
  await using rig = openEncoders({ clock, maxWorkers: 1 });
  const encoder = rig.open();
  await say(encoder, tone(1_600, { sampleRateHz: 16_000 }));
  const [worker] = rig.workers;
  if (worker !== undefined) worker.onmessage = () => {}; // its answers are lost
  const failed = assertCode(encoder.finish(), "lifecycle.deadline");
  await clock.advance(5_000);
  assert((await failed).retryable);
  assertEquals(rig.encoders.stats, { streams: 0, refused: 0, held: 1, workers: 0, workersLost: 1 });
  const next = rig.open();
  await say(next, tone(1_600, { sampleRateHz: 16_000 }));
  next.close();
});

test("closing its owner fails what runs and refuses what comes", async () => {
  const rig = openEncoders();
  const [running, idle] = [rig.open(), rig.open()];
  running.piece({ voice: "a" });
  const failed = assertCode(
    running.write({ pcm: tone(240_000, { sampleRateHz: 24_000 }), sampleRateHz: 24_000 }),
    "lifecycle.scope_closed",
  );
  await rig[Symbol.asyncDispose]();
  await failed;
  await assertCode(idle.finish(), "lifecycle.scope_closed");
  assertEquals(rig.encoders.stats.streams, 0);
});

test("a thousand answers, given up in every state, leave no encoder behind", async () => {
  await using rig = openEncoders({ maxWorkers: 2 });
  const controllers = Array.from({ length: 1_000 }, () => new AbortController());
  await Promise.all(controllers.map(async (controller, index) => {
    const encoder = rig.open(60, controller.signal);
    encoder.piece({ voice: `${index % 7}` });
    const wrote = encoder.write({ pcm: tone(1_600, { sampleRateHz: 16_000 }), sampleRateHz: 16_000 });
    if (index % 4 === 0) controller.abort();
    if (index % 4 === 1) encoder.close();
    await wrote.catch(() => {});
    if (index % 4 === 2) await encoder.endPiece();
    encoder.close();
  }));
  await until(() => rig.encoders.stats.streams === 0);
  const last = rig.open();
  await say(last, tone(1_600, { sampleRateHz: 16_000 }));
  const { streams, workersLost } = rig.encoders.stats;
  assertEquals([streams, workersLost, rig.workers.length], [1, 0, 2]);
  last.close();
  // Each Worker says what it holds with its next answer.
  const both = Array.from({ length: 41 }, () => rig.open());
  await Promise.all(both.map((encoder) => encoder.finish()));
  assertEquals(rig.encoders.stats.held, 41);
  for (const encoder of both) encoder.close();
});

test("more answers than the bound are refused with a retryable error", async () => {
  await using rig = openEncoders();
  const open = Array.from({ length: 2_000 }, () => rig.open());
  const error = assertThrows(() => rig.open(), EarshotError);
  assertEquals([error.code, error.retryable], ["lifecycle.overflow", true]);
  assertEquals(rig.encoders.stats.refused, 1);
  open[0]?.close();
  rig.open().close();
  for (const encoder of open) encoder.close();
  assertEquals([rig.encoders.stats.streams, rig.workers.length], [0, 0]);
});

test("a second Worker is started when the first has 40 answers", async () => {
  await using rig = openEncoders({ maxWorkers: 2 });
  const encoders = Array.from({ length: 40 }, () => rig.open());
  await Promise.all(encoders.map((encoder) => encoder.finish()));
  assertEquals(rig.workers.length, 1);
  encoders.push(rig.open());
  await encoders.at(-1)?.finish();
  assertEquals(rig.workers.length, 2);
  for (const encoder of encoders) encoder.close();
});

test("a Worker can be started ahead", async () => {
  await using rig = openEncoders();
  assertEquals(rig.encoders.stats.workers, 0);
  await rig.encoders.warm(new AbortController().signal);
  const { streams, workers } = rig.encoders.stats;
  assertEquals([streams, workers], [0, 1]);
});

test("calls that make no sense are refused", async () => {
  await using rig = openEncoders();
  assertThrows(() => rig.open(30), EarshotError, "30 ms");
  const encoder = rig.open();
  const pcm = new Int16Array(100);
  await assertRejects(() => encoder.write({ pcm, sampleRateHz: 16_000 }), TypeError, "no piece");
  await assertRejects(() => encoder.endPiece(), TypeError, "none has begun");
  encoder.piece({ voice: "a" });
  assertThrows(() => encoder.piece({ voice: "b" }), TypeError, "has not ended");
  await assertRejects(() => encoder.transcode([]), TypeError, "has not ended");
  for (const sampleRateHz of [0, -1, NaN, 22_050.5, 1e9]) {
    await assertCode(encoder.write({ pcm, sampleRateHz }), "audio.encode");
  }
  const first = encoder.write({ pcm: tone(1_600, { sampleRateHz: 16_000 }), sampleRateHz: 16_000 });
  await assertRejects(() => encoder.write({ pcm, sampleRateHz: 16_000 }), TypeError, "has not ended");
  await first;
  assertEquals(await encoder.write({ pcm: new Int16Array(0), sampleRateHz: 16_000 }), []);
  assertGreater((await encoder.endPiece()).packets.length + (await encoder.finish()).length, 0);
  encoder.close();
});
