/**
 * What decoding Opus takes of the thread that serves the sockets, against what it takes to hand each packet to a Worker
 * and its PCM back: 100 devices at real pace, in turn. Above 1 a Worker would relieve that thread; what it costs the
 * box as a whole is printed beside it. Linux only, which tells the CPU time of one thread.
 *
 * `deno run -A tests/bench/decode_off_thread.ts`
 */
import { delay } from "@std/async";
import process from "node:process";
import { OpusDecoder, OpusEncoder } from "../../lib/audio/mod.ts";
import { syllables } from "../../lib/device/load/mod.ts";
import { report } from "./support/report.ts";

const STREAMS = 100;
const FRAME_MS = 60;
const FRAME_SAMPLES = 960;
/** Devices do not come at once: so many parts of 60 ms, with as many devices each. */
const SLOTS = 20;
const SECONDS = 5;
const ROUNDS = 2;
/** Beyond it a Worker would relieve the sockets' thread by half, and decoding ought to move there. */
const LIMIT = 2;
const NOTHING = new Int16Array();

/** Takes a packet, and resolves once its PCM is there. */
type Decode = (stream: number, opus: Uint8Array<ArrayBuffer>) => Promise<Int16Array> | Int16Array;

/** What a packet took, in us, and what became of it. */
interface Cost {
  readonly threadUs: number;
  readonly processUs: number;
  readonly samples: number;
}

const sound = syllables();
const encoder = new OpusEncoder({ sampleRateHz: 16_000 });
const packets = Array.from(
  { length: Math.floor(sound.length / FRAME_SAMPLES) },
  (_, index) => encoder.encode(sound.slice(index * FRAME_SAMPLES, (index + 1) * FRAME_SAMPLES)),
);
encoder.close();

/** The CPU time of this thread, in us. */
async function threadUs(): Promise<number> {
  const [ns] = (await Deno.readTextFile(`/proc/self/task/${Deno.pid}/schedstat`)).split(" ");
  return Number(ns) / 1e3;
}

function processUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

async function measure(decode: Decode): Promise<Cost> {
  const waits: Promise<Int16Array>[] = [];
  let samples = 0;
  const [thread, whole, startedMs] = [await threadUs(), processUs(), performance.now()];
  const slots = SECONDS * 1_000 * SLOTS / FRAME_MS;
  let count = 0;
  for (let slot = 0; slot < slots; slot++) {
    await delay(Math.max(0, startedMs + slot * FRAME_MS / SLOTS - performance.now()));
    const packet = packets[Math.floor(slot / SLOTS) % packets.length];
    if (packet === undefined) continue;
    for (let stream = slot % SLOTS; stream < STREAMS; stream += SLOTS) {
      // A socket hands over bytes of its own.
      const pcm = decode(stream, packet.slice());
      count++;
      if (pcm instanceof Promise) waits.push(pcm);
      else samples += pcm.length;
    }
  }
  for (const pcm of await Promise.all(waits)) samples += pcm.length;
  return {
    threadUs: (await threadUs() - thread) / count,
    processUs: (processUs() - whole) / count,
    samples: samples / count,
  };
}

/** Decodes here, as the Ear does. */
async function here(): Promise<Cost> {
  const decoders = Array.from({ length: STREAMS }, () => new OpusDecoder());
  try {
    return await measure((stream, opus) => {
      const decoder = decoders[stream];
      if (decoder === undefined) throw new RangeError(`Cannot decode: there is no stream ${stream}`);
      return decoder.decode(opus);
    });
  } finally {
    for (const decoder of decoders) decoder.close();
  }
}

/** Decodes in a Worker, which answers in the order of each stream. */
async function elsewhere(): Promise<Cost> {
  const worker = new Worker(new URL("./support/decoding_worker.ts", import.meta.url), { type: "module" });
  const waiting = Array.from({ length: STREAMS }, (): ((pcm: Int16Array) => void)[] => []);
  worker.onmessage = ({ data }: MessageEvent<{ readonly stream: number; readonly pcm: Int16Array }>) =>
    waiting[data.stream]?.shift()?.(data.pcm);
  const decode: Decode = (stream, opus) => {
    const { promise, resolve } = Promise.withResolvers<Int16Array>();
    waiting[stream]?.push(resolve);
    worker.postMessage({ stream, opus }, [opus.buffer]);
    return promise;
  };
  try {
    for (let stream = 0; stream < STREAMS; stream++) {
      await decode(stream, packets[0]?.slice() ?? new Uint8Array());
    }
    return await measure(decode);
  } finally {
    worker.terminate();
  }
}

/** The least of all rounds, of what a packet took beyond the pacing itself. */
function least(all: readonly Cost[], pace: readonly Cost[], of: (cost: Cost) => number): number {
  return Math.min(...all.map(of)) - Math.min(...pace.map(of));
}

if (Deno.build.os === "linux") {
  const [pace, own, worker]: [Cost[], Cost[], Cost[]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round++) {
    pace.push(await measure(() => NOTHING));
    own.push(await here());
    worker.push(await elsewhere());
  }
  if (own[0]?.samples !== worker[0]?.samples) throw new Error("Cannot compare: the sound is not the same");
  const ofThread = ({ threadUs }: Cost) => threadUs;
  const ofProcess = ({ processUs }: Cost) => processUs;
  const thread = { hereUs: least(own, pace, ofThread), elsewhereUs: least(worker, pace, ofThread) };
  const all = { hereUs: least(own, pace, ofProcess), elsewhereUs: least(worker, pace, ofProcess) };
  report({
    name: "decoding on the sockets' thread, of what it takes there to have a Worker do it",
    measured: thread.hereUs / thread.elsewhereUs,
    unit: "x",
    limit: LIMIT,
    detail: thread,
  });
  report({
    name: "decoding in a Worker, all threads, of decoding on the sockets' thread",
    measured: all.elsewhereUs / all.hereUs,
    unit: "x",
    detail: all,
  });
}
