import type { AsrCapabilities } from "../asr/mod.ts";

/** Who says that an utterance has ended: our own voice activity detection, or the recognizer. */
export type Endpointing = "vad" | "service";

/**
 * What begins an utterance: our own voice activity detection, or the first packet that the device does not call silence
 * (DTX), which asks nothing of the engine.
 */
export type UtteranceStart = "detector" | "packet";

/** What happens to a device's sound before the recognizer gets it. */
export interface Pipeline {
  /** Who ends an utterance. */
  readonly endpointing: Endpointing;
  /**
   * What begins one. Where the recognizer ends it, the detector is only asked until it has begun: all that is sent before
   * somebody speaks is paid for.
   */
  readonly startsBy: UtteranceStart;
  /** Whether packets are decoded; otherwise the recognizer gets them as the device sent them. */
  readonly decode: boolean;
}

/** One recognizer of a chain, as far as the pipeline depends on it. */
export interface PipelineMember {
  readonly capabilities: Pick<AsrCapabilities, "endpointing" | "encodings" | "billed">;
  /** From its block: whether it may say that an utterance has ended. */
  readonly endpointing?: "auto" | "vad" | undefined;
  /** From its block: what begins an utterance that the recognizer ends. */
  readonly startsBy?: "auto" | UtteranceStart | undefined;
}

/** The pipeline before a chain of recognizers: what one of them cannot do, or needs, is done for all. */
export function pipelineFor(
  chain: readonly PipelineMember[],
  { needsPcm }: { readonly needsPcm: boolean },
): Pipeline {
  const ends = chain.every(({ capabilities, endpointing }) =>
    capabilities.endpointing && endpointing !== "vad"
  );
  const takesOpus = chain.every(({ capabilities }) => capabilities.encodings[0] === "opus");
  return {
    endpointing: ends ? "service" : "vad",
    startsBy: ends && !chain.some(wantsDetector) ? "packet" : "detector",
    decode: !ends || needsPcm || !takesOpus,
  };
}

/** Whether sound in which nobody speaks should not reach it. */
function wantsDetector({ capabilities: { billed = false }, startsBy = "auto" }: PipelineMember): boolean {
  return startsBy === "auto" ? billed : startsBy === "detector";
}

/** Whether two pipelines treat sound alike. */
export function isSamePipeline(one: Pipeline, other: Pipeline): boolean {
  return one.endpointing === other.endpointing && one.startsBy === other.startsBy &&
    one.decode === other.decode;
}
