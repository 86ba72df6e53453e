import type { Recognizer } from "../asr/mod.ts";
import type { Pipeline } from "./pipeline.ts";

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
