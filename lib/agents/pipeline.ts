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
  /** How the recognizers of the chain want the sound: where they differ, each can be made of `pcm`. */
  readonly sound: "engine" | "opus" | "pcm";
  /** Whether something begins in a pause already, in case that is the end. */
  readonly ahead: boolean;
}

/** One recognizer of a chain, as far as the pipeline depends on it. */
export interface PipelineMember {
  readonly capabilities:
    & Pick<AsrCapabilities, "endpointing" | "encodings" | "billed" | "ahead">
    & Partial<Pick<AsrCapabilities, "streaming">>;
  /** From its block: whether it may say that an utterance has ended. */
  readonly endpointing?: "auto" | "vad" | undefined;
  /** From its block: what begins an utterance that the recognizer ends. */
  readonly startsBy?: "auto" | UtteranceStart | undefined;
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
    capabilities.ahead === true || (answersAhead && capabilities.streaming === true)
  );
  return {
    endpointing: ends ? "service" : "vad",
    startsBy: ends && !chain.some(wantsDetector) ? "packet" : "detector",
    sound,
    ahead,
  };
}

/** Whether sound in which nobody speaks should not reach it. */
function wantsDetector({ capabilities: { billed = false }, startsBy = "auto" }: PipelineMember): boolean {
  return startsBy === "auto" ? billed : startsBy === "detector";
}

/** Whether two pipelines treat sound alike. */
export function isSamePipeline(one: Pipeline, other: Pipeline): boolean {
  return one.endpointing === other.endpointing && one.startsBy === other.startsBy &&
    one.sound === other.sound && one.ahead === other.ahead;
}
