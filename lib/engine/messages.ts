import type { EngineRuntime, Heard, Recognition, Speech, VadRequest, VadResponse } from "./contract.ts";
import { encodeFrame, type Frame } from "./frame_codec.ts";
import { malformedMessage, MessageFields } from "./message_fields.ts";
import { readSherpaModel, type SherpaModel } from "./sherpa_model.ts";

/** Where the verified weights lie; a model without a path cannot be used. */
export interface ModelPaths {
  /** The English recognizer. */
  readonly moonshine?: { readonly encoderPath: string; readonly decoderPath: string };
  /** A recognizer that the user brought; it goes before the English one. */
  readonly sherpa?: SherpaModel;
  /** The voice activity detector. */
  readonly silero?: string;
  /** The English voice. */
  readonly flite?: string;
}

/** What the engine process is told first. */
export interface EngineSetup {
  /** The inference runtime to load. */
  readonly runtime: EngineRuntime;
  /** How many recognitions may run at the same time. */
  readonly recognitionWorkers: number;
  /** Where the weights lie. */
  readonly models: ModelPaths;
}

/** Work for the engine; its answer carries the same `id`. */
export type EngineJob =
  | { readonly type: "warm"; readonly id: number }
  | { readonly type: "recognize"; readonly id: number; readonly pcm: Int16Array }
  | {
    readonly type: "detect";
    readonly id: number;
    readonly batch: readonly VadRequest[];
    /** Streams to forget once the batch is done. */
    readonly closed: readonly number[];
  }
  | {
    /** Sound of a stream of a streaming recognizer. */
    readonly type: "hear";
    readonly id: number;
    readonly streamId: number;
    /** 16 kHz mono. */
    readonly pcm: Int16Array;
    /** The stream begins with it. */
    readonly start: boolean;
    /** The stream ends with it. */
    readonly finish: boolean;
  }
  /** A stream was given up: what is kept of it is freed. */
  | { readonly type: "forget"; readonly id: number; readonly streamId: number }
  | { readonly type: "speak"; readonly id: number; readonly text: string };

/** Everything that goes to the engine process. */
export type EngineRequest = { readonly type: "setup" } & EngineSetup | EngineJob;

/** What one job gave. */
export type JobAnswer =
  | { readonly type: "warmed"; readonly id: number }
  | { readonly type: "recognized"; readonly id: number } & Recognition
  | { readonly type: "detected"; readonly id: number; readonly responses: readonly VadResponse[] }
  | { readonly type: "heard"; readonly id: number } & Heard
  | { readonly type: "forgotten"; readonly id: number }
  | { readonly type: "spoken"; readonly id: number } & Speech
  | { readonly type: "failed"; readonly id: number; readonly message: string };

/** Everything that comes from the engine process. */
export type EngineReply =
  | { readonly type: "ready" }
  | { readonly type: "runtime_failed"; readonly message: string }
  | JobAnswer;

/** Lays a request out as a frame; samples travel in its body. */
export function encodeRequest(request: EngineRequest): Uint8Array<ArrayBuffer> {
  switch (request.type) {
    case "recognize":
      return encodeFrame({ type: request.type, id: request.id }, bytesOf(request.pcm));
    case "detect": {
      const streams = request.batch.map(({ streamId, pcm }) => [streamId, pcm.length]);
      const { type, id, closed } = request;
      return encodeFrame({ type, id, closed, streams }, joined(request.batch.map(({ pcm }) => pcm)));
    }
    case "hear": {
      const { pcm, ...header } = request;
      return encodeFrame(header, bytesOf(pcm));
    }
    default:
      return encodeFrame(request);
  }
}

/** Reads a request; throws `internal` when it is none. */
export function decodeRequest({ header, body }: Frame): EngineRequest {
  const fields = new MessageFields(header);
  const type = fields.text("type");
  switch (type) {
    case "setup":
      return {
        type,
        runtime: fields.oneOf("runtime", ["native", "wasm"]),
        recognitionWorkers: fields.count("recognitionWorkers"),
        models: decodeModelPaths(fields.fields("models")),
      };
    case "warm":
      return { type, id: fields.count("id") };
    case "recognize":
      return { type, id: fields.count("id"), pcm: int16(body) };
    case "detect": {
      const pcm = int16(body);
      const batch = spans(fields.shares("streams"), pcm.length)
        .map(({ streamId, from, to }) => ({ streamId, pcm: pcm.slice(from, to) }));
      return { type, id: fields.count("id"), batch, closed: fields.counts("closed") };
    }
    case "hear":
      return {
        type,
        id: fields.count("id"),
        streamId: fields.count("streamId"),
        pcm: int16(body),
        start: fields.flag("start"),
        finish: fields.flag("finish"),
      };
    case "forget":
      return { type, id: fields.count("id"), streamId: fields.count("streamId") };
    case "speak":
      return { type, id: fields.count("id"), text: fields.text("text") };
    default:
      throw malformedMessage(`no request is called ${type}`);
  }
}

/** Lays a reply out as a frame; samples and probabilities travel in its body. */
export function encodeReply(reply: EngineReply): Uint8Array<ArrayBuffer> {
  switch (reply.type) {
    case "detected": {
      const streams = reply.responses.map(({ streamId, probabilities }) => [streamId, probabilities.length]);
      const body = joined(reply.responses.map(({ probabilities }) => probabilities));
      return encodeFrame({ type: reply.type, id: reply.id, streams }, body);
    }
    case "spoken": {
      const { type, id, sampleRateHz } = reply;
      return encodeFrame({ type, id, sampleRateHz }, bytesOf(reply.pcm));
    }
    default:
      return encodeFrame(reply);
  }
}

/** Reads a reply; throws `internal` when it is none. */
export function decodeReply({ header, body }: Frame): EngineReply {
  const fields = new MessageFields(header);
  const type = fields.text("type");
  switch (type) {
    case "ready":
      return { type };
    case "runtime_failed":
      return { type, message: fields.text("message") };
    case "warmed":
      return { type, id: fields.count("id") };
    case "recognized":
      return {
        type,
        id: fields.count("id"),
        text: fields.text("text"),
        inferenceMs: fields.number("inferenceMs"),
        ...(fields.has("language") && { language: fields.text("language") }),
        ...(fields.has("tags") && { tags: fields.text("tags") }),
      };
    case "heard":
      return {
        type,
        id: fields.count("id"),
        finals: fields.list("finals"),
        partial: fields.text("partial"),
      };
    case "forgotten":
      return { type, id: fields.count("id") };
    case "detected": {
      const all = float32(body);
      const responses = spans(fields.shares("streams"), all.length)
        .map(({ streamId, from, to }) => ({ streamId, probabilities: all.slice(from, to) }));
      return { type, id: fields.count("id"), responses };
    }
    case "spoken":
      return { type, id: fields.count("id"), pcm: int16(body), sampleRateHz: fields.count("sampleRateHz") };
    case "failed":
      return { type, id: fields.count("id"), message: fields.text("message") };
    default:
      throw malformedMessage(`no reply is called ${type}`);
  }
}

function decodeModelPaths(fields: MessageFields): ModelPaths {
  const moonshine = fields.has("moonshine") ? fields.fields("moonshine") : undefined;
  return {
    ...(moonshine &&
      {
        moonshine: { encoderPath: moonshine.text("encoderPath"), decoderPath: moonshine.text("decoderPath") },
      }),
    ...(fields.has("sherpa") && { sherpa: readSherpaModel(fields.fields("sherpa")) }),
    ...(fields.has("silero") && { silero: fields.text("silero") }),
    ...(fields.has("flite") && { flite: fields.text("flite") }),
  };
}

/** Shares a body's elements out among streams; throws unless that accounts for exactly all of them. */
function spans(
  shares: readonly (readonly [number, number])[],
  length: number,
): { readonly streamId: number; readonly from: number; readonly to: number }[] {
  let to = 0;
  const parts = shares.map(([streamId, share]) => {
    const from = to;
    to += share;
    return { streamId, from, to };
  });
  if (to !== length) throw malformedMessage("its body has another length than its header says");
  return parts;
}

function bytesOf(elements: Int16Array | Float32Array): Uint8Array {
  return new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
}

function joined(parts: readonly (Int16Array | Float32Array)[]): Uint8Array {
  const body = new Uint8Array(parts.reduce((total, part) => total + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    body.set(bytesOf(part), at);
    at += part.byteLength;
  }
  return body;
}

function int16(body: Uint8Array): Int16Array {
  if (body.byteLength % 2 !== 0) throw malformedMessage("its body holds half a sample");
  return new Int16Array(body.buffer, body.byteOffset, body.byteLength / 2);
}

function float32(body: Uint8Array): Float32Array {
  if (body.byteLength % 4 !== 0) throw malformedMessage("its body holds part of a number");
  return new Float32Array(body.buffer, body.byteOffset, body.byteLength / 4);
}
