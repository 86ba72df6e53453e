import { z } from "zod";
import type { AsrWireIo } from "../wire_stream.ts";

/** A result of either version of the service. */
export const doubaoResult = z.looseObject({
  text: z.string().default(""),
  utterances: z.array(z.looseObject({
    text: z.string(),
    start_time: z.number().default(0),
    end_time: z.number().default(0),
    definite: z.boolean().default(false),
  })).default([]),
});

/** What was said so far, out of results that may repeat what they said before. */
export class DoubaoSentences {
  readonly #io: Pick<AsrWireIo, "partial" | "final">;
  readonly #partials: boolean;
  /** Where the last complete sentence ends. */
  #completeMs = -1;
  /** The sentence that is not complete. */
  #open = "";

  /** Nothing was said. */
  constructor(io: Pick<AsrWireIo, "partial" | "final">, { partials = true } = {}) {
    this.#io = io;
    this.#partials = partials;
  }

  /** Takes a result. */
  hear({ text, utterances }: z.output<typeof doubaoResult>): void {
    let open = "";
    for (const { text, start_time, end_time, definite } of utterances) {
      if (end_time <= this.#completeMs && definite) continue;
      if (!definite) open += text;
      else {
        this.#completeMs = end_time;
        this.#io.final({ text, startMs: start_time, endMs: end_time });
      }
    }
    // Where there are no utterances, the text is all there is.
    this.#open = utterances.length === 0 && this.#completeMs < 0 ? text : open;
    if (this.#partials) this.#io.partial(this.#open);
  }

  /** Nothing more comes: what was not complete is all there is of its sentence. */
  end(): void {
    this.#io.final({ text: this.#open });
    this.#open = "";
  }
}
