import type { Voiced } from "../voiced_level.ts";

/** How a stream encodes. */
export interface EncodingSettings {
  readonly frameDurationMs: number;
  readonly bitrateBps: number;
}

/** A piece that begins with a job. */
export interface PieceBegin {
  /** How loud the voice is, if that is known. */
  readonly known: Voiced | undefined;
  /** How loud what is there of the piece is, where that is more than the job has. */
  readonly atHand: Voiced | undefined;
}

/** What a stream may ask for. */
export type EncodingWork =
  | { readonly type: "sound"; readonly pcm: Int16Array; readonly sampleRateHz: number }
  | { readonly type: "end" }
  | { readonly type: "finish" }
  | { readonly type: "transcode"; readonly packets: readonly Uint8Array[]; readonly isLast: boolean };

/** A job of one stream. */
export type StreamJob = EncodingWork & {
  readonly streamId: number;
  /** The first job of a stream has them; they open its encoder. */
  readonly settings: EncodingSettings | undefined;
  readonly begin: PieceBegin | undefined;
  /** Whether packets of another encoder were played since the job before, which has left nothing to be encoded. */
  readonly restarts: boolean;
  /** How much work a packet is: 0 to 10. */
  readonly complexity: number;
};

/** What the encoding Worker is asked for. */
export type EncodingJob =
  | StreamJob
  | { readonly type: "close"; readonly streamId: number }
  /** How loud packets are that begin a stream: nothing is encoded. */
  | { readonly type: "measure"; readonly packets: readonly Uint8Array[] };

/** The answer to a job. */
export interface EncodingReply {
  /** The packets that became complete; all in one buffer, which is theirs alone. */
  readonly packets: readonly Uint8Array<ArrayBuffer>[];
  /** Of the piece that ended: whether its packets are its own. */
  readonly aligned: boolean;
  /** Of the piece that ended, or of the packets: how loud the voiced parts came. */
  readonly voiced: Voiced | undefined;
  /** Encoders that the Worker holds. */
  readonly held: number;
}
