/**
 * What it costs to hear a device, step by step, in ms for a second of its sound, at several devices in a batch: on the
 * gateway's main thread, on the way, and in the engine. The sound that a service gets is decoded in the engine already: what
 * it costs to get it back stands beside what it costs to decode it here.
 *
 * `deno task hear-cost`, half a minute
 */
import { AudioBuffer, OpusEncoder } from "../../lib/audio/mod.ts";
import { syllables } from "../../lib/device/load/mod.ts";
import { FrameDecoder } from "../../lib/engine/frame_codec.ts";
import { loadRuntime } from "../../lib/engine/inference/runtime.ts";
import { Silero } from "../../lib/engine/inference/silero.ts";
import { decodeMessage, encodeMessage } from "../../lib/engine/message_codec.ts";
import type { EngineJob, JobAnswer } from "../../lib/engine/messages.ts";
import type { HearRequest, VadResponse } from "../../lib/engine/mod.ts";
import { decodeReply } from "../../lib/engine/reply_schema.ts";
import { DeviceSounds } from "../../lib/engine/sounds/device_sounds.ts";
import { packRequests, unpackResponses } from "../../lib/engine/sounds/hear_codec.ts";
import { hearDevices } from "../../lib/engine/sounds/hear_devices.ts";
import { StreamFramers } from "../../lib/engine/sounds/stream_framers.ts";
import { SILERO_PATH } from "../support/models.ts";
import { report, round } from "./support/report.ts";

type Hear = Extract<EngineJob, { type: "hear" }>;
type Step = "send" | "receive" | "decode" | "model" | "answer" | "read";

const FRAME_MS = 60;
const FRAME_SAMPLES = 960;
const DEVICES = [1, 16, 64, 128];
const ROUNDS = 5;
const BATCHES = 60;

const sound = syllables();
const encoder = new OpusEncoder({ sampleRateHz: 16_000 });
const packets = Array.from(
  { length: Math.floor(sound.length / FRAME_SAMPLES) },
  (_, index) => encoder.encode(sound.slice(index * FRAME_SAMPLES, (index + 1) * FRAME_SAMPLES)),
);
encoder.close();
const silero = await Silero.load(await loadRuntime("native"), SILERO_PATH);

/** The best time of each step in any round, in ms for a device's second. */
async function measure(devices: number, wants?: "pcm"): Promise<Readonly<Record<Step, number>>> {
  const best = {
    send: Infinity,
    receive: Infinity,
    decode: Infinity,
    model: Infinity,
    answer: Infinity,
    read: Infinity,
  };
  const sources = Array.from({ length: devices }, () => ({}));
  const [sounds, framers] = [new DeviceSounds(), new StreamFramers()];
  let seq = 0;
  for (let index = 0; index < ROUNDS; index++) {
    const spent = { send: 0, receive: 0, decode: 0, model: 0, answer: 0, read: 0 };
    for (let count = 0; count < BATCHES; count++, seq++) {
      const batch = sources.map((source, device): HearRequest => ({
        streamId: device,
        source,
        packets: [{
          seq,
          durationMs: FRAME_MS,
          opus: packets[(seq + device) % packets.length] ?? new Uint8Array(0),
        }],
        keepFromSeq: seq + 1,
        wants,
      }));
      await hearOnce(batch, { sounds, framers, spent });
    }
    const seconds = BATCHES * devices * FRAME_MS / 1_000;
    for (const step of stepsOf(best)) best[step] = Math.min(best[step], spent[step] / seconds);
  }
  sounds.close();
  return best;
}

async function hearOnce(
  batch: readonly HearRequest[],
  { sounds, framers, spent }: {
    readonly sounds: DeviceSounds;
    readonly framers: StreamFramers;
    readonly spent: Record<Step, number>;
  },
): Promise<void> {
  const marks = [performance.now()];
  const request = encodeMessage({
    type: "hear",
    id: 0,
    closed: [],
    ...packRequests(batch, (source) => idOf(source)),
  });
  marks.push(performance.now());
  const [frame] = new FrameDecoder().push(request);
  // A frame that was made here is what it was made of.
  const job = decodeMessage(frame ?? { header: {}, body: new Uint8Array(0) }) as Hear;
  marks.push(performance.now());
  let modelMs = 0;
  const detect = async (rows: Parameters<Silero["detect"]>[0]): Promise<readonly VadResponse[]> => {
    const beganMs = performance.now();
    const judged = await silero.detect(rows);
    modelMs = performance.now() - beganMs;
    return judged;
  };
  const heard: JobAnswer = await hearDevices(job, { sounds, framers, detect });
  marks.push(performance.now());
  const reply = encodeMessage(heard);
  marks.push(performance.now());
  const [answer] = new FrameDecoder().push(reply);
  const read = answer && decodeReply(answer);
  if (read?.type === "heard") unpackResponses(read);
  marks.push(performance.now());
  const [send = 0, receive = 0, hear = 0, answering = 0, reading = 0] = marks.slice(1)
    .map((mark, index) => mark - (marks[index] ?? 0));
  spent.send += send;
  spent.receive += receive;
  spent.decode += hear - modelMs;
  spent.model += modelMs;
  spent.answer += answering;
  spent.read += reading;
}

const ids = new WeakMap<object, number>();
let lastId = 0;

function idOf(source: object): number {
  const id = ids.get(source) ?? ++lastId;
  ids.set(source, id);
  return id;
}

/** What decoding costs where the sockets are, in ms for a device's second. */
function decodeHere(devices: number): number {
  const buffers = Array.from({ length: devices }, () => new AudioBuffer({ maxChunks: 1 }));
  let best = Infinity;
  let seq = 0;
  for (let index = 0; index < ROUNDS; index++) {
    const beganMs = performance.now();
    for (let count = 0; count < BATCHES; count++, seq++) {
      for (const [device, buffer] of buffers.entries()) {
        const opus = packets[(seq + device) % packets.length] ?? new Uint8Array(0);
        const chunk = { seq, receivedMs: 0, durationMs: FRAME_MS, opus };
        buffer.push(chunk);
        buffer.decode(chunk);
      }
    }
    best = Math.min(best, (performance.now() - beganMs) * 1_000 / (BATCHES * devices * FRAME_MS));
  }
  for (const buffer of buffers) buffer.close();
  return best;
}

function stepsOf<Key extends string>(steps: Record<Key, number>): readonly Key[] {
  return Object.keys(steps) as Key[];
}

for (const devices of DEVICES) {
  const verdicts = await measure(devices);
  const withSound = await measure(devices, "pcm");
  const back = stepsOf(verdicts).filter((step) => step === "answer" || step === "read")
    .reduce((sum, step) => sum + Math.max(0, withSound[step] - verdicts[step]), 0);
  const here = decodeHere(devices);
  report({
    name: `${devices} in a batch: a device's sound back from the engine, of decoding it here`,
    measured: back / here,
    unit: "x",
    limit: 1,
    detail: {
      backMs: round(back),
      hereMs: round(here),
      ...Object.fromEntries(stepsOf(verdicts).map((step) => [`${step}Ms`, round(verdicts[step])])),
    },
  });
}
await silero.release();
