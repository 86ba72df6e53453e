import type { ErrorCode } from "../errors/mod.ts";

/** Somebody whose voice was recognized. */
export interface Speaker {
  /** The id under which the voice was registered. */
  readonly id: string;
  /** What the config calls this speaker. */
  readonly name: string;
  /** How alike the voices are; 1 is the same. */
  readonly score: number;
}

/** The voice that comes nearest to a sound. */
export interface VoiceMatch {
  /** The id of the registered voice. */
  readonly id: string;
  /** How alike the two are; 1 is the same, and it may be negative. */
  readonly score: number;
}

/** A service that compares voices: the wire and nothing else; deadlines, breaker and limit belong to its runner. */
export interface VoiceprintProvider {
  /**
   * Which of these voices comes nearest to a WAV file of 16 kHz, mono, 16 bit; `undefined` when none does. Rejects
   * with `voiceprint.*`, or `canceled` once `signal` aborts.
   */
  match(
    wav: Uint8Array<ArrayBuffer>,
    options: { readonly speakerIds: readonly string[]; readonly signal: AbortSignal },
  ): Promise<VoiceMatch | undefined>;
  /** Lets go of kept connections. May be called twice. */
  close(): void;
}

/** Whom a sound was found to be of, or why that is not known. */
export type Identification =
  | { readonly type: "identified"; readonly speaker: Speaker }
  /** None of those whom the config names. */
  | { readonly type: "unknown" }
  /** Less sound than is worth asking for. */
  | { readonly type: "too_short" }
  /** As many are being asked for as may be at once. */
  | { readonly type: "busy" }
  /** The service failed too often in a row and is left alone for a while. */
  | { readonly type: "left_alone" }
  /** The service did not answer in time. */
  | { readonly type: "timed_out" }
  | { readonly type: "failed"; readonly code: ErrorCode }
  /** Nobody waits for it any more. */
  | { readonly type: "canceled" };

/** Every {@linkcode Identification} by its type. */
export const IDENTIFICATIONS = [
  "identified",
  "unknown",
  "too_short",
  "busy",
  "left_alone",
  "timed_out",
  "failed",
  "canceled",
] as const satisfies readonly Identification["type"][];
