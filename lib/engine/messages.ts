import type { HeldPermissions } from "../executable/mod.ts";
import type {
  EmbeddedVoice,
  EngineRuntime,
  Recognition,
  Speech,
  StreamingResult,
  VadRequest,
  VadResponse,
} from "./contract.ts";
import type { SherpaModel } from "./sherpa_model.ts";
import type { PackedPackets } from "./sounds/packet_codec.ts";
import type { SherpaVoice, VoiceSettings } from "./sherpa_voice.ts";

/** Where the verified weights lie; a model without a path cannot be used. */
export interface ModelPaths {
  /** The English recognizer. */
  readonly moonshine?: { readonly encoderPath: string; readonly decoderPath: string };
  /** A recognizer that the user brought; it goes before the English one. */
  readonly sherpa?: SherpaModel;
  /** The voice activity detector. */
  readonly silero?: string;
  /** The English voice: its network, and how words are said. */
  readonly hibari?: { readonly voicePath: string; readonly wordsPath: string; readonly lettersPath: string };
  /** The small English voice. */
  readonly flite?: string;
  /** A voice that the user brought; it goes before the English one. */
  readonly voice?: SherpaVoice;
}

/** The first message to the engine process. */
export interface EngineSetup {
  /** The inference runtime to load. */
  readonly runtime: EngineRuntime;
  /** How many recognitions may run at the same time. */
  readonly recognitionWorkers: number;
  /** Where the weights lie. */
  readonly models: ModelPaths;
}

/** Sound for a recognizer: samples, or packets of a device and the part of their samples that is meant. */
export type SentSound =
  | { readonly type: "samples"; readonly pcm: Int16Array }
  | {
    readonly type: "packets";
    readonly soundId: number;
    readonly packets: PackedPackets;
    readonly skipSamples: number;
    readonly samples: number;
  };

/** New sound of one device for the detector. */
export interface HeardPart {
  readonly streamId: number;
  readonly soundId: number;
  /** How many of the packets are its own. */
  readonly count: number;
  readonly restSamples?: number;
  readonly keepFromSeq: number;
  readonly wants?: "levels" | "pcm";
}

/** What the detector says of a {@linkcode HeardPart}. */
export interface HeardVerdict {
  readonly streamId: number;
  /** How many of the probabilities are its own, and of them how many the model was not asked about. */
  readonly frames: number;
  readonly gated?: number;
  /** How many levels each of its packets has, where they were wanted. */
  readonly levels?: readonly number[];
  /** How many samples each of its packets has, where they were wanted. */
  readonly samples?: readonly number[];
}

/** Work for the engine; its answer carries the same `id`. */
export type EngineJob =
  | { readonly type: "warm"; readonly id: number }
  | { readonly type: "recognize"; readonly id: number; readonly sound: SentSound }
  | {
    /** New sound of devices. */
    readonly type: "hear";
    readonly id: number;
    readonly parts: readonly HeardPart[];
    /** The packets of all parts, in their order. */
    readonly packets: PackedPackets;
    /** Streams whose state is dropped once the batch is done. */
    readonly closed: readonly number[];
  }
  | {
    readonly type: "detect";
    readonly id: number;
    readonly batch: readonly VadRequest[];
    /** Streams whose state is dropped once the batch is done. */
    readonly closed: readonly number[];
  }
  | {
    /** Sound of a stream of a streaming recognizer. */
    readonly type: "stream";
    readonly id: number;
    readonly streamId: number;
    readonly sound: SentSound;
    /** The stream begins with it. */
    readonly start: boolean;
    /** The stream ends with it. */
    readonly finish: boolean;
  }
  /** A stream was closed early: its state is freed. */
  | { readonly type: "close_stream"; readonly id: number; readonly streamId: number }
  | {
    readonly type: "speak";
    readonly id: number;
    /** Which embedded voice; none where the user brought one, which goes before it. */
    readonly voice?: EmbeddedVoice;
    readonly text: string;
  } & VoiceSettings;

/** Everything that goes to the engine process. */
export type EngineRequest =
  | { readonly type: "setup" } & EngineSetup
  | EngineJob
  /** What comes before packet `fromSeq` of a device's sound, or all of it, is not asked for again. */
  | { readonly type: "release_sound"; readonly soundId: number; readonly fromSeq?: number }
  /** Nobody waits for this sentence any more; it is answered all the same, sooner if need be. */
  | { readonly type: "stop_speaking"; readonly id: number };

/** What one job gave. */
export type JobAnswer =
  | { readonly type: "warmed"; readonly id: number }
  | { readonly type: "recognized"; readonly id: number } & Recognition
  | { readonly type: "detected"; readonly id: number; readonly responses: readonly VadResponse[] }
  | {
    readonly type: "heard";
    readonly id: number;
    readonly verdicts: readonly HeardVerdict[];
    /** Of all parts, in their order; so are the others. */
    readonly probabilities: Float32Array;
    readonly levels: Uint8Array;
    readonly pcm: Int16Array;
  }
  | { readonly type: "streamed"; readonly id: number } & StreamingResult
  | { readonly type: "stream_closed"; readonly id: number }
  | { readonly type: "spoken"; readonly id: number } & Speech
  | { readonly type: "failed"; readonly id: number; readonly message: string };

/** Everything that comes from the engine process. */
export type EngineReply =
  /** It takes jobs, and says what it may still do. */
  | { readonly type: "ready"; readonly permissions?: HeldPermissions }
  | { readonly type: "runtime_failed"; readonly message: string }
  | JobAnswer;
