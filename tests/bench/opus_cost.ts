/**
 * What decoding and encoding a packet of 60 ms costs by libopus as WASM, against the system's own libopus through FFI,
 * where that is installed (Debian: `libopus0`).
 *
 * `deno run -A tests/bench/opus_cost.ts`
 */
import { OpusDecoder, OpusEncoder } from "../../lib/audio/mod.ts";
import { syllables } from "../../lib/device/load/mod.ts";
import { bestNs } from "./support/best_of.ts";
import { openNativeOpus } from "./support/native_opus.ts";
import { report } from "./support/report.ts";

const FRAME_SAMPLES = 960;
const LIMIT = 3;

const sound = syllables();
const frames = Array.from(
  { length: Math.floor(sound.length / FRAME_SAMPLES) },
  (_, index) => sound.slice(index * FRAME_SAMPLES, (index + 1) * FRAME_SAMPLES),
);
const encoder = new OpusEncoder({ sampleRateHz: 16_000 });
const decoder = new OpusDecoder();
const packets = frames.map((frame) => encoder.encode(frame));

using native = openNativeOpus();

function compare(what: string, wasm: () => void, theirs: (() => void) | undefined): void {
  const [wasmNs, nativeNs] = bestNs(wasm, theirs ?? wasm, frames.length);
  const [wasmUs, nativeUs] = [wasmNs / 1e3, nativeNs / 1e3];
  if (theirs === undefined) {
    return report({
      name: `Opus ${what} of 60 ms; no native libopus is installed`,
      measured: wasmUs,
      unit: "us",
    });
  }
  report({
    name: `Opus ${what}, of native libopus`,
    measured: wasmUs / nativeUs,
    unit: "x",
    limit: LIMIT,
    detail: { wasmUs, nativeUs },
  });
}

compare(
  "decode",
  () => packets.forEach((packet) => decoder.decode(packet)),
  native && (() => packets.forEach((packet) => native.decode(packet))),
);
compare(
  "encode",
  () => frames.forEach((frame) => encoder.encode(frame)),
  native && (() => frames.forEach((frame) => native.encode(frame))),
);
encoder.close();
decoder.close();
