import type { EvictedByCause } from "../audio/mod.ts";

/**
 * What all sessions of the process have counted: plain integers, so that the audio path pays one addition.
 * `/healthz` shows them.
 */
export interface SessionCounters {
  /** Sessions opened. */
  sessionsOpened: number;
  /** Sessions closed, for whatever reason. */
  sessionsClosed: number;
  /** Sessions whose clean-up had a failure or passed a deadline. */
  sessionsUnclean: number;
  /** Opus packets taken in. */
  audioChunks: number;
  /** Packets that could not be decoded. */
  audioUndecodable: number;
  /** Packets that came while nobody listened; they pass through the pre-roll and are gone. */
  audioUnlistened: number;
  /** Chunks dropped from a session's buffer because a bound was reached: those of the next four together. */
  audioEvicted: number;
  /** Of those, for `audio.maxChunks`. */
  audioEvictedForChunks: number;
  /** Of those, for `audio.maxBytes`. */
  audioEvictedForBytes: number;
  /** Of those, for `audio.maxDurationMs`. */
  audioEvictedForDuration: number;
  /** Of those, for `audio.budgetBytes`. */
  audioEvictedForBudget: number;
  /** Streams that could not be heard: no Opus, or framed in another way than announced; the device is told. */
  streamsUnhearable: number;
  /** Binary frames before the hello. */
  framesBeforeHello: number;
  /** Binary frames with a broken layout, or without a payload. */
  framesInvalid: number;
  /** Frames dropped because a device sends faster than the gateway reads. */
  framesOverflowed: number;
  /** Frames dropped because a device sends sound faster than `session.maxAudioRate` for longer than `session.audioBurstMs`. */
  framesTooFast: number;
  /** Text messages that were not understood. */
  messagesInvalid: number;
  /** Text messages of an unknown type. */
  messagesUnknown: number;
  /** Text messages, other than hello, that came before the hello. */
  messagesBeforeHello: number;
  /** Messages toward devices dropped because the device did not read. */
  messagesUnsent: number;
  /** Hellos after the first one. */
  hellosRepeated: number;
  /** Hellos that announce another codec than Opus; the device is told and the session closed. */
  hellosRefused: number;
  /** Hellos that name another framing than the opening request did; the request counts. */
  hellosOtherVersion: number;
  /** Wake words that devices told. */
  wakeWords: number;
  /** Messages that were typed rather than spoken. */
  messagesTyped: number;
  /** Turns in which somebody began to speak. */
  turnsStarted: number;
  /** Turns that gave words. */
  turnsText: number;
  /** Turns in which nothing was said. */
  turnsEmpty: number;
  /** Turns that failed. */
  turnsFailed: number;
  /** Turns that were given up: abort, a newer turn, or the end of the session. */
  turnsCanceled: number;
  /** Utterances that were ended because they reached the longest allowed length. */
  turnsCut: number;
}

/** All counters at zero. */
export function createSessionCounters(): SessionCounters {
  return {
    sessionsOpened: 0,
    sessionsClosed: 0,
    sessionsUnclean: 0,
    audioChunks: 0,
    audioUndecodable: 0,
    audioUnlistened: 0,
    audioEvicted: 0,
    audioEvictedForChunks: 0,
    audioEvictedForBytes: 0,
    audioEvictedForDuration: 0,
    audioEvictedForBudget: 0,
    streamsUnhearable: 0,
    framesBeforeHello: 0,
    framesInvalid: 0,
    framesOverflowed: 0,
    framesTooFast: 0,
    messagesInvalid: 0,
    messagesUnknown: 0,
    messagesBeforeHello: 0,
    messagesUnsent: 0,
    hellosRepeated: 0,
    hellosRefused: 0,
    hellosOtherVersion: 0,
    wakeWords: 0,
    messagesTyped: 0,
    turnsStarted: 0,
    turnsText: 0,
    turnsEmpty: 0,
    turnsFailed: 0,
    turnsCanceled: 0,
    turnsCut: 0,
  };
}

/** The counter of each bound that sound is dropped for. */
export const EVICTED_FOR = {
  chunks: "audioEvictedForChunks",
  bytes: "audioEvictedForBytes",
  duration: "audioEvictedForDuration",
  budget: "audioEvictedForBudget",
} as const satisfies Record<keyof EvictedByCause, keyof SessionCounters>;
