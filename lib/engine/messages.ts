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

/** Work for the engine; its answer carries the same `id`. */
export type EngineJob =
  | { readonly type: "warm"; readonly id: number }
  | { readonly type: "recognize"; readonly id: number; readonly pcm: Int16Array }
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
    /** 16 kHz mono. */
    readonly pcm: Int16Array;
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
  /** Nobody waits for this sentence any more; it is answered all the same, sooner if need be. */
  | { readonly type: "stop_speaking"; readonly id: number };

/** What one job gave. */
export type JobAnswer =
  | { readonly type: "warmed"; readonly id: number }
  | { readonly type: "recognized"; readonly id: number } & Recognition
  | { readonly type: "detected"; readonly id: number; readonly responses: readonly VadResponse[] }
  | { readonly type: "streamed"; readonly id: number } & StreamingResult
  | { readonly type: "stream_closed"; readonly id: number }
  | { readonly type: "spoken"; readonly id: number } & Speech
  | { readonly type: "failed"; readonly id: number; readonly message: string };

/** Everything that comes from the engine process. */
export type EngineReply =
  | { readonly type: "ready" }
  | { readonly type: "runtime_failed"; readonly message: string }
  | JobAnswer;
