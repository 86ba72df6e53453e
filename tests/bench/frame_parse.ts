/**
 * What reading a device's binary frame costs, checks and all, against the least that any reader must do: the header's
 * fields out of a DataView and a view of the rest.
 *
 * `deno run -A tests/bench/frame_parse.ts`
 */
import { decodeFrame, encodeFrame } from "../../lib/protocol/mod.ts";
import { bestNs } from "./support/best_of.ts";
import { report } from "./support/report.ts";

const FRAMES = 64;
const REPEATS = 2_000;
const LIMIT = 2;

/** What is read is added up, so that no compiler leaves the reading out. */
let sum = 0;

/** Reads a frame without a check. */
const BARE = {
  1: (bytes: Uint8Array) => {
    sum += bytes.subarray(0).length;
  },
  2: (bytes: Uint8Array) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
    sum += view.getUint16(0) + view.getUint16(2) + view.getUint32(8) + view.getUint32(12);
    sum += bytes.subarray(16).length;
  },
  3: (bytes: Uint8Array) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, 4);
    sum += view.getUint8(0) + view.getUint16(2);
    sum += bytes.subarray(4).length;
  },
} as const;

for (const version of [1, 2, 3] as const) {
  const frames = Array.from(
    { length: FRAMES },
    (_, index) => encodeFrame(version, new Uint8Array(60 + index), { timestampMs: index * 60 }),
  );
  const bareRead = BARE[version];
  const [oursNs, bareNs] = bestNs(
    () => {
      for (let repeat = 0; repeat < REPEATS; repeat++) {
        for (const frame of frames) sum += decodeFrame(version, frame).payload.length;
      }
    },
    () => {
      for (let repeat = 0; repeat < REPEATS; repeat++) {
        for (const frame of frames) bareRead(frame);
      }
    },
    FRAMES * REPEATS,
  );
  report({
    name: `reading a frame of version ${version}, of a bare DataView's time`,
    measured: oursNs / bareNs,
    unit: "x",
    limit: LIMIT,
    detail: { oursNs, bareNs },
  });
}
if (!Number.isFinite(sum)) throw new Error("Cannot be: a sum of lengths is a number");
