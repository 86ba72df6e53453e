import { EarshotError } from "../../errors/mod.ts";
import type { HearRequest, HearResponse } from "../contract.ts";
import type { EngineJob, HeardPart, HeardVerdict, JobAnswer } from "../messages.ts";
import { packPackets } from "./packet_codec.ts";

type HearJob = Extract<EngineJob, { type: "hear" }>;
type HeardAnswer = Extract<JobAnswer, { type: "heard" }>;

/** Lays the requests of one batch out for the pipe. */
export function packRequests(
  batch: readonly HearRequest[],
  soundIdOf: (source: object) => number,
): Pick<HearJob, "parts" | "packets"> {
  const parts = batch.map(({ streamId, source, packets, restSamples, keepFromSeq, wants }): HeardPart => ({
    streamId,
    soundId: soundIdOf(source),
    count: packets.length,
    ...(restSamples !== undefined && { restSamples }),
    keepFromSeq,
    ...(wants !== undefined && { wants }),
  }));
  return { parts, packets: packPackets(batch.flatMap(({ packets }) => packets)) };
}

/** Takes the answers of one batch apart. Throws `internal` where its arrays do not have what it says. */
export function unpackResponses(answer: HeardAnswer): readonly HearResponse[] {
  const at = { probabilities: 0, levels: 0, pcm: 0 };
  const take = <Array extends { subarray(begin: number, end: number): Array }>(
    array: Array,
    name: keyof typeof at,
    length: number,
  ) => array.subarray(at[name], at[name] += length);
  const responses = answer.verdicts.map((
    { streamId, frames, gated, levels, samples }: HeardVerdict,
  ): HearResponse => ({
    streamId,
    probabilities: take(answer.probabilities, "probabilities", frames),
    ...(gated !== undefined && { gated }),
    ...(levels && { levels: levels.map((length) => take(answer.levels, "levels", length)) }),
    // Copies: each is held for as long as its packet is.
    ...(samples && { pcm: samples.map((length) => take(answer.pcm, "pcm", length).slice()) }),
  }));
  const whole = at.probabilities === answer.probabilities.length && at.levels === answer.levels.length &&
    at.pcm === answer.pcm.length;
  if (whole) return responses;
  throw new EarshotError(
    "internal",
    "Cannot read the verdicts of the engine: its arrays are not what it says",
  );
}
