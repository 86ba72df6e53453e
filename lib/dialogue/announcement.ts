import type { Clock } from "../lifecycle/mod.ts";
import type { DialogueContext, DialogueEvent } from "./contract.ts";
import { SpokenPieces } from "./spoken_pieces.ts";

/** How a text is said. */
export interface AnnouncementOptions {
  /** The languages of the agent (BCP 47), the usual one first. */
  readonly languages: DialogueContext["languages"];
  readonly clock: Clock;
}

/** A text that is ready, as an answer: cut into pieces that can be spoken. */
export async function* announcement(
  text: string,
  { languages, clock }: AnnouncementOptions,
): AsyncGenerator<DialogueEvent, void> {
  const pieces = new SpokenPieces(languages, { clock });
  yield* pieces.push(text);
  yield* pieces.end();
  yield { type: "ended", reason: "complete" };
}
