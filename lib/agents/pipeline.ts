import type { AsrCapabilities } from "../asr/mod.ts";

/** Who says that an utterance has ended: our own voice activity detection, or the recognizer. */
export type Endpointing = "vad" | "service";

/** What happens to a device's sound before the recognizer gets it. */
export interface Pipeline {
  /** Who ends an utterance. */
  readonly endpointing: Endpointing;
  /** Whether packets are decoded; otherwise the recognizer gets them as the device sent them. */
  readonly decode: boolean;
}

/** One recognizer of a chain, as far as the pipeline depends on it. */
export interface PipelineMember {
  readonly capabilities: Pick<AsrCapabilities, "endpointing" | "encodings">;
  /** From its block: whether it may say that an utterance has ended. */
  readonly endpointing?: "auto" | "vad" | undefined;
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
  return { endpointing: ends ? "service" : "vad", decode: !ends || needsPcm || !takesOpus };
}

/** Whether two pipelines treat sound alike. */
export function isSamePipeline(one: Pipeline, other: Pipeline): boolean {
  return one.endpointing === other.endpointing && one.decode === other.decode;
}
