import { z } from "zod";
import { EarshotError } from "../errors/mod.ts";

/** What sound one side of a connection sends, as said in its hello. */
export interface AudioParams {
  /** The only codec of the protocol. */
  readonly format: "opus";
  /** The sample rate that the packets are meant to be decoded at, in Hz. */
  readonly sampleRateHz: number;
  /** 1 or 2. */
  readonly channels: number;
  /** How long one packet sounds, in ms. */
  readonly frameDurationMs: number;
}

/** The durations that an Opus packet can have on this wire, in ms. */
export const FRAME_DURATIONS_MS: readonly number[] = [5, 10, 20, 40, 60, 80, 100, 120];

const SAMPLE_RATES_HZ: readonly number[] = [8_000, 12_000, 16_000, 24_000, 48_000];

/** The shape of `audio_params`: clients leave out fields, send null, or write camelCase. */
export const audioParamsSchema = z.object({
  format: z.unknown(),
  sample_rate: z.unknown(),
  sampleRate: z.unknown(),
  channels: z.unknown(),
  frame_duration: z.unknown(),
  frameDuration: z.unknown(),
}).partial().catch({});

/**
 * Makes whole parameters of what a peer said; what is missing or impossible is taken from `defaults`.
 *
 * @throws {EarshotError} `protocol.unsupported_audio` when the peer names another codec than Opus
 */
export function readAudioParams(
  said: z.output<typeof audioParamsSchema>,
  defaults: AudioParams,
): AudioParams {
  if (typeof said.format === "string" && said.format.toLowerCase() !== "opus") {
    throw new EarshotError(
      "protocol.unsupported_audio",
      "Cannot hear the device: `audio_params.format` is not opus",
    );
  }
  return {
    format: "opus",
    sampleRateHz: oneOf(SAMPLE_RATES_HZ, said.sample_rate ?? said.sampleRate) ?? defaults.sampleRateHz,
    channels: oneOf([1, 2], said.channels) ?? defaults.channels,
    frameDurationMs: oneOf(FRAME_DURATIONS_MS, said.frame_duration ?? said.frameDuration) ??
      defaults.frameDurationMs,
  };
}

/** The form that firmware reads. */
export function writeAudioParams(params: AudioParams): Record<string, unknown> {
  return {
    format: params.format,
    sample_rate: params.sampleRateHz,
    channels: params.channels,
    frame_duration: params.frameDurationMs,
  };
}

function oneOf(allowed: readonly number[], value: unknown): number | undefined {
  return allowed.find((one) => one === value);
}
