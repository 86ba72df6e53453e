import type { AsrCapabilities } from "../asr/mod.ts";

/** Who says that an utterance has ended: our own voice activity detection, or the recognizer. */
export type Endpointing = "vad" | "service";

/** What happens to a device's sound before the recognizer gets it. */
export interface Pipeline {
  /** Who ends an utterance. */
  readonly endpointing: Endpointing;
  /** How the recognizers of the chain want the sound: where they differ, each can be made of `pcm`. */
  readonly sound: "engine" | "opus" | "pcm";
  /** Whether something begins in a pause already, in case that is the end. */
  readonly ahead: boolean;
}

/** One recognizer of a chain, as far as the pipeline depends on it. */
export interface PipelineMember {
  readonly capabilities: Pick<AsrCapabilities, "endpointing" | "encodings" | "streaming" | "ahead">;
  /** From its block: whether it may say that an utterance has ended. */
  readonly endpointing?: "auto" | "vad" | undefined;
}

/** The pipeline before a chain of recognizers: what one of them cannot do, or needs, is done for all. */
export function pipelineFor(
  chain: readonly PipelineMember[],
  { answersAhead = false }: { readonly answersAhead?: boolean } = {},
): Pipeline {
  const ends = chain.every(({ capabilities, endpointing }) =>
    capabilities.endpointing && endpointing !== "vad"
  );
  const [first, ...others] = new Set(chain.map(({ capabilities: { encodings: [encoding] } }) => encoding));
  const sound = first === undefined || first === "pcm16" || others.length > 0 ? "pcm" : first;
  const ahead = chain.some(({ capabilities }) =>
    capabilities.ahead === true || (answersAhead && capabilities.streaming)
  );
  return { endpointing: ends ? "service" : "vad", sound, ahead };
}

/** Whether two pipelines treat sound alike. */
export function isSamePipeline(one: Pipeline, other: Pipeline): boolean {
  return one.endpointing === other.endpointing && one.sound === other.sound && one.ahead === other.ahead;
}
