import type { Recognizer } from "../asr/mod.ts";

/** Who says that an utterance has ended: our own voice activity detection, or the recognizer. */
export type Endpointing = "vad" | "service";

/** What happens to a device's sound before the recognizer gets it. */
export interface Pipeline {
  /** Who ends an utterance. */
  readonly endpointing: Endpointing;
  /** Whether packets are decoded; otherwise the recognizer gets them as the device sent them. */
  readonly decode: boolean;
}

/** Whether two pipelines treat sound alike. */
export function isSamePipeline(one: Pipeline, other: Pipeline): boolean {
  return one.endpointing === other.endpointing && one.decode === other.decode;
}

/** Which services and which language a device has; read anew when a turn starts. */
export interface Agent {
  /** Its key in the config. */
  readonly name: string;
  /** The language of the speaker (BCP 47). */
  readonly language: string;
  /** What finds the words. */
  readonly recognizer: Recognizer;
  /** What its sound goes through. */
  readonly pipeline: Pipeline;
}
