import { EarshotError } from "../../errors/mod.ts";
import { readWhole } from "../../executable/mod.ts";
import type { Speech } from "../contract.ts";
import { MAX_SPOKEN_LENGTH } from "./spoken_length.ts";
import { runWasiProgram, type WasiProgramResult } from "./wasi_program.ts";

const OUTPUT_FILE = "speech.wav";
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
/** Flite writes the plain header: RIFF, one `fmt ` chunk of 16 bytes, one `data` chunk. */
const WAV_HEADER_BYTES = 44;

/**
 * The English voice "slt" of Flite, compiled to WebAssembly. Each call runs the program in an instance of its
 * own, so nothing that a sentence does can reach the next one; the compiled module is shared.
 */
export class FliteVoice {
  readonly #module: WebAssembly.Module;

  private constructor(module: WebAssembly.Module) {
    this.#module = module;
  }

  /** Compiles the voice. Throws `engine.job_failed` when the file cannot be read or is no WASM module. */
  static async load(wasmPath: string): Promise<FliteVoice> {
    try {
      return new FliteVoice(await WebAssembly.compile(await readWhole(wasmPath)));
    } catch (cause) {
      throw new EarshotError("engine.job_failed", `Cannot load the voice: ${wasmPath} is no usable module`, {
        cause,
      });
    }
  }

  /**
   * Speaks `text`, which is at most {@linkcode MAX_SPOKEN_LENGTH} long; text without a word gives next to no
   * sound. Blocks the thread. Throws `engine.job_failed`.
   */
  speak(text: string): Speech {
    if (text.length > MAX_SPOKEN_LENGTH) {
      throw failure(`the text has ${text.length} characters, ${MAX_SPOKEN_LENGTH} is the most`);
    }
    const result = this.#run(text.replaceAll("\0", " "));
    if (result.exitCode !== 0) throw failure(`Flite ended with code ${result.exitCode}`, result.errorText);
    return readSpeech(result.output);
  }

  #run(text: string): WasiProgramResult {
    try {
      return runWasiProgram(this.#module, {
        args: ["flite", "-voice", "slt", "-o", OUTPUT_FILE, "-t", text],
        outputFile: OUTPUT_FILE,
        maxOutputBytes: MAX_OUTPUT_BYTES,
      });
    } catch (cause) {
      throw failure("Flite broke off", cause);
    }
  }
}

function readSpeech(wav: Uint8Array<ArrayBuffer>): Speech {
  if (wav.length < WAV_HEADER_BYTES) throw failure("Flite wrote no sound");
  const view = new DataView(wav.buffer, wav.byteOffset);
  const sizeBytes = Math.min(view.getUint32(40, true), wav.length - WAV_HEADER_BYTES);
  return {
    pcm: new Int16Array(wav.buffer.slice(WAV_HEADER_BYTES, WAV_HEADER_BYTES + 2 * (sizeBytes >> 1))),
    sampleRateHz: view.getUint32(24, true),
  };
}

function failure(state: string, cause?: unknown): EarshotError {
  return new EarshotError("engine.job_failed", `Cannot speak: ${state}`, { cause });
}
