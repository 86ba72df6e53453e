import { EarshotError } from "../../errors/mod.ts";
import type { UndecodedOpus } from "./opus_piece.ts";

/** A stretch of sound as a file has it. */
export interface SoundPiece {
  /** How many channels are interleaved. */
  readonly channels: number;
  /** Interleaved samples, of -1 to 1 where the file keeps to it. */
  readonly samples: Float32Array;
  /** The packets, for who takes them before the samples are asked for, and in their place. */
  readonly opus?: UndecodedOpus | undefined;
}

/** A file of sound that was opened, up to where its sound begins. */
export interface SoundFile {
  /** Samples a second. */
  readonly sampleRateHz: number;
  /** Whether its samples are floats, which may be on any scale. */
  readonly float: boolean;
  /** Its sound, read as it is iterated, once. */
  readonly pieces: AsyncIterable<SoundPiece>;
}

/** How a file of sound is read. */
export interface ReadSoundOptions {
  /** The name of the file, for the command that converts it. Default: standard input. */
  readonly file?: string;
  /** What Opus is decoded to, in samples a second: one of Opus' own rates. Default 16000. */
  readonly opusRateHz?: number;
  /** Called once for each fault of a file that is read all the same. */
  readonly remark?: (remark: string) => void;
}

/** How many bytes of a file are made into sound at once, at most. */
export const PIECE_BYTES = 65_536;

/** Says why a file cannot be read as sound. */
export function unreadableSound(state: string): EarshotError {
  return new EarshotError("audio.invalid_wav", `Cannot read the sound: ${state}`);
}
