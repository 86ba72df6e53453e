import { joinPcm } from "../../audio/mod.ts";
import type { VadRequest, VadResponse } from "../contract.ts";
import { FRAME_SAMPLES } from "../inference/silero.ts";
import type { EngineJob, HeardVerdict, JobAnswer } from "../messages.ts";
import type { DecodedPacket } from "./device_sound.ts";
import type { DeviceSounds } from "./device_sounds.ts";
import { unpackPackets } from "./packet_codec.ts";
import type { StreamFramers } from "./stream_framers.ts";

/** What new sound goes through. */
export interface HearDevicesOptions {
  readonly sounds: DeviceSounds;
  readonly framers: StreamFramers;
  /** Runs the model over whole frames; `closed` are streams whose state is dropped afterward. */
  readonly detect: (
    batch: readonly VadRequest[],
    closed: readonly number[],
  ) => Promise<readonly VadResponse[]>;
}

/** Decodes new sound of devices and has it judged; what could not be judged is kept all the same. */
export async function hearDevices(
  { id, parts, packets, closed }: Extract<EngineJob, { type: "hear" }>,
  { sounds, framers, detect }: HearDevicesOptions,
): Promise<Extract<JobAnswer, { type: "heard" }>> {
  const all = unpackPackets(packets);
  let at = 0;
  const heard = parts.map((part) => {
    const { soundId, streamId, count, restSamples, keepFromSeq, wants } = part;
    const decoded = sounds.decode(soundId, all.slice(at, at += count), {
      keepFromSeq,
      metered: wants === "levels",
    });
    return { part, decoded, pcm: framers.push(streamId, decoded.map(({ pcm }) => pcm), restSamples) };
  });
  const batch = heard.filter(({ pcm }) => pcm.length > 0)
    .map(({ part: { streamId }, pcm }) => ({ streamId, pcm }));
  for (const streamId of closed) framers.close(streamId);
  const judged = await detect(batch, closed);
  const gated = new Map(judged.map(({ streamId, gated }) => [streamId, gated]));
  const verdicts = heard.map(({ part, decoded, pcm }) =>
    verdictOf(part, decoded, { samples: pcm.length, gated: gated.get(part.streamId) })
  );
  return {
    type: "heard",
    id,
    verdicts,
    probabilities: joinFloats(judged.map(({ probabilities }) => probabilities)),
    levels: joinBytes(wanted(heard, "levels").map(({ levels }) => levels)),
    pcm: joinPcm(wanted(heard, "pcm").map(({ pcm }) => pcm)),
  };
}

interface Heard {
  readonly part: Extract<EngineJob, { type: "hear" }>["parts"][number];
  readonly decoded: readonly DecodedPacket[];
}

function verdictOf(
  { streamId, wants }: Heard["part"],
  decoded: readonly DecodedPacket[],
  { samples, gated }: { readonly samples: number; readonly gated: number | undefined },
): HeardVerdict {
  return {
    streamId,
    frames: samples / FRAME_SAMPLES,
    ...(gated !== undefined && { gated }),
    ...(wants === "levels" && { levels: decoded.map(({ levels }) => levels.length) }),
    ...(wants === "pcm" && { samples: decoded.map(({ pcm }) => pcm.length) }),
  };
}

function wanted(heard: readonly Heard[], wants: "levels" | "pcm"): readonly DecodedPacket[] {
  return heard.flatMap(({ part, decoded }) => part.wants === wants ? decoded : []);
}

function joinFloats(parts: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
