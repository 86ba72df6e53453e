import { assertEquals, assertThrows } from "@std/assert";
import fc from "../support/fast_check.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { encodeFrame, type Frame, FrameDecoder } from "../../lib/engine/frame_codec.ts";
import { decodeMessage, encodeMessage } from "../../lib/engine/message_codec.ts";
import type { EngineReply, EngineRequest } from "../../lib/engine/messages.ts";
import { decodeReply } from "../../lib/engine/reply_schema.ts";
import { test } from "../support/test.ts";

function frameOf(bytes: Uint8Array): Frame {
  const [frame] = new FrameDecoder().push(bytes);
  if (frame === undefined) throw new Error("no frame");
  return frame;
}

const PACKETS = {
  seqs: Uint32Array.of(7, 0, 2 ** 32 - 1),
  sizes: Uint32Array.of(1, 3, 0),
  bytes: Uint8Array.of(255, 1, 2, 3), // an odd number of bytes may stand before any array
};

function samples(...pcm: readonly number[]) {
  return { type: "samples", pcm: Int16Array.from(pcm) } as const;
}

const REQUESTS: readonly EngineRequest[] = [
  { type: "setup", runtime: "wasm", recognitionWorkers: 2, models: {} },
  {
    type: "setup",
    runtime: "native",
    recognitionWorkers: 1,
    models: { moonshine: { encoderPath: "a", decoderPath: "b" }, silero: "c", flite: "d" },
  },
  {
    type: "setup",
    runtime: "native",
    recognitionWorkers: 1,
    models: {
      sherpa: { kind: "senseVoice", files: { model: "m", tokens: "t" }, threads: 2, language: "zh-CN" },
    },
  },
  {
    type: "setup",
    runtime: "native",
    recognitionWorkers: 1,
    models: {
      sherpa: { kind: "whisper", files: { tokens: "t" }, threads: 1, language: "zh", wrappedTokens: true },
    },
  },
  { type: "stream", id: 5, streamId: 6, sound: samples(1, -1), start: true, finish: false },
  { type: "stream", id: 5, streamId: 6, sound: samples(), start: false, finish: true },
  { type: "close_stream", id: 6, streamId: 6 },
  { type: "warm", id: 1 },
  { type: "recognize", id: 2, sound: samples(1, -32768, 32767) },
  { type: "recognize", id: 2, sound: samples() },
  {
    type: "recognize",
    id: 2,
    sound: { type: "packets", soundId: 4, packets: PACKETS, skipSamples: 3, samples: 2_000 },
  },
  {
    type: "hear",
    id: 3,
    parts: [
      { streamId: 7, soundId: 1, count: 1, keepFromSeq: 2 ** 31 },
      { streamId: 8, soundId: 2, count: 2, keepFromSeq: 0, wants: "levels" },
      { streamId: 9, soundId: 3, count: 0, keepFromSeq: 5, wants: "pcm" },
    ],
    packets: PACKETS,
    closed: [1],
  },
  {
    type: "hear",
    id: 3,
    parts: [],
    packets: { seqs: new Uint32Array(0), sizes: new Uint32Array(0), bytes: new Uint8Array(0) },
    closed: [],
  },
  { type: "release_sound", soundId: 3 },
  { type: "release_sound", soundId: 3, fromSeq: 70 },
  {
    type: "detect",
    id: 3,
    batch: [{ streamId: 7, pcm: Int16Array.of(1, 2) }, { streamId: 0, pcm: Int16Array.of(3) }],
    closed: [9, 10],
  },
  { type: "speak", id: 4, voice: "hibari", text: "Grüß dich, 你好" },
];

const REPLIES: readonly EngineReply[] = [
  { type: "ready" },
  { type: "runtime_failed", message: "no library" },
  { type: "warmed", id: 1 },
  { type: "recognized", id: 2, text: "so it is", inferenceMs: 1.5 },
  { type: "recognized", id: 2, text: "你好", inferenceMs: 1.5, language: "zh", tags: "<|HAPPY|>" },
  { type: "streamed", id: 3, finals: ["one", "two"], partial: "thr" },
  { type: "stream_closed", id: 4 },
  {
    type: "detected",
    id: 3,
    responses: [{ streamId: 7, probabilities: Float32Array.of(0, 0.5, 1) }, {
      streamId: 8,
      probabilities: new Float32Array(0),
    }],
  },
  {
    type: "heard",
    id: 3,
    verdicts: [{ streamId: 7, frames: 2 }, { streamId: 8, frames: 0, levels: [1, 2] }, {
      streamId: 9,
      frames: 1,
      samples: [2, 0],
    }],
    probabilities: Float32Array.of(0, 0.5, 1),
    levels: Uint8Array.of(0, 100, 40),
    pcm: Int16Array.of(-1, 1),
  },
  { type: "spoken", id: 4, pcm: Int16Array.of(5, -6), sampleRateHz: 16_000 },
  { type: "failed", id: 5, message: "no" },
];

test("every request arrives as it was sent", () => {
  for (const request of REQUESTS) assertEquals(decodeMessage(frameOf(encodeMessage(request))), request);
});

test("every reply arrives as it was sent", () => {
  for (const reply of REPLIES) assertEquals(decodeReply(frameOf(encodeMessage(reply))), reply);
});

test("samples that are a window of a larger buffer are sent alone", () => {
  const pcm = Int16Array.of(1, 2, 3, 4).subarray(1, 3);
  const request = decodeMessage(
    frameOf(encodeMessage({ type: "recognize", id: 0, sound: { type: "samples", pcm } })),
  );
  assertEquals(request, { type: "recognize", id: 0, sound: samples(2, 3) });
});

test("a body that does not fit its header is refused", () => {
  const wrong: [unknown, number][] = [
    [{ type: "warm", id: 1 }, 1],
    [{ type: "recognize", id: 1, pcm: { $int16: 1 } }, 3],
    [{ type: "recognize", id: 1, pcm: { $int16: 2 } }, 3],
    [{ type: "recognize", id: 1, pcm: { $int16: -1 } }, 2],
    [{ batch: [{ pcm: { $int16: 4 } }, { pcm: { $int16: -1 } }] }, 6],
    [{ probabilities: { $float32: 1 } }, 2],
    [{ seqs: { $uint32: 1 } }, 3],
    [{ bytes: { $uint8: 2 } }, 1],
    [{ seqs: { $uint32: 1 }, bytes: { $uint8: 1 } }, 6],
  ];
  for (const [header, bytes] of wrong) {
    const frame = frameOf(encodeFrame(header, new Uint8Array(bytes)));
    assertThrows(() => decodeMessage(frame), EarshotError, "Cannot read a message");
  }
});

test("a reply that is missing a field, or has another in its place, is refused", () => {
  const name = fc.constantFrom(
    "type",
    "id",
    "text",
    "responses",
    "message",
    "sampleRateHz",
    "finals",
    "partial",
    "verdicts",
    "probabilities",
    "levels",
    "pcm",
  );
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(...REPLIES.map(({ type }) => type)),
    fc.constant({ $int16: 2 }),
    fc.nat(),
  );
  const header = fc.dictionary(name, value, { noNullPrototype: true });
  fc.assert(fc.property(header, fc.uint8Array({ maxLength: 16 }), (header, body) => {
    try {
      assertEquals(decodeReply(frameOf(encodeFrame(header, body))).type, header["type"]);
    } catch (error) {
      if (!(error instanceof EarshotError) || error.code !== "internal") throw error;
    }
  }));
  for (const reply of REPLIES) {
    for (const key of Object.keys(reply).filter((key) => key !== "language" && key !== "tags")) {
      const { [key]: _missing, ...rest } = { ...reply } as Record<string, unknown>;
      assertThrows(() => decodeReply(frameOf(encodeMessage(rest as EngineReply))), EarshotError, key);
    }
  }
});
