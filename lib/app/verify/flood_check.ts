import { CHUNK_OVERHEAD_BYTES, OpusEncoder } from "../../audio/mod.ts";
import { RawWebSocket } from "../../device/mod.ts";
import type { CheckResult } from "./check.ts";
import { tone } from "../tone.ts";
import { Trial } from "./trial.ts";

const SESSIONS = 50;
const PACKETS = 300;
const FRAME_SAMPLES = 960;
const CAP_BYTES = 4_194_304;
/** What one chunk of 60 ms is charged at most: decoded sound, packet, 512 bytes for holding it. */
const CHUNK_BYTES = FRAME_SAMPLES * 2 + 1_275 + CHUNK_OVERHEAD_BYTES;

/** Fifty devices that send far faster than anybody speaks stay within one budget, and leave nothing. */
export async function checkFlood(
  signal: AbortSignal,
  { limitBytes = CAP_BYTES + SESSIONS * CHUNK_BYTES }: { readonly limitBytes?: number } = {},
): Promise<CheckResult> {
  await using trial = await Trial.open({ audio: { budgetBytes: CAP_BYTES } });
  const packets = encode();
  const sockets = await Promise.all(
    Array.from({ length: SESSIONS }, () => RawWebSocket.connect(trial.url, {}, signal)),
  );
  let peakBytes = 0;
  try {
    for (const socket of sockets) {
      socket.send(JSON.stringify({ type: "hello" }));
      socket.send(JSON.stringify({ type: "listen", state: "start", mode: "manual" }));
    }
    // In turns, so that the gateway reads them side by side.
    for (const packet of packets) {
      for (const socket of sockets) socket.send(packet);
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    const { gateway } = trial;
    await trial.until(() => gateway.stats.audioPeakBytes > CAP_BYTES * 0.9, "the budget to be full", signal);
    peakBytes = gateway.stats.audioPeakBytes;
  } finally {
    for (const socket of sockets) socket.drop();
  }
  await trial.until(() => trial.gateway.stats.sessions === 0, "the devices to be gone", signal);
  const { audioBytes, audioPeakBytes } = trial.gateway.stats;
  return {
    check: `the process budget under ${SESSIONS} floods`,
    passed: Math.max(peakBytes, audioPeakBytes) <= limitBytes && audioBytes === 0,
    measured: `${mib(audioPeakBytes)} at most, ${audioBytes} bytes afterward`,
    limit: `${mib(limitBytes)} (${mib(CAP_BYTES)} and a chunk each), 0 afterward`,
  };
}

function encode(): readonly Uint8Array[] {
  const encoder = new OpusEncoder({ sampleRateHz: 16_000 });
  try {
    const samples = tone(PACKETS * 60);
    return Array.from(
      { length: PACKETS },
      (_, index) => encoder.encode(samples.subarray(index * FRAME_SAMPLES, (index + 1) * FRAME_SAMPLES)),
    );
  } finally {
    encoder.close();
  }
}

function mib(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(2)} MiB`;
}
