import { z } from "zod";

/** What iFlytek has heard, piece by piece: pieces are numbered, and later ones may replace earlier ones. */
export const xunfeiResult = z.looseObject({
  sn: z.int().default(0),
  pgs: z.enum(["apd", "rpl"]).optional(),
  rg: z.tuple([z.int(), z.int()]).optional(),
  ws: z.array(z.looseObject({ cw: z.array(z.looseObject({ w: z.string() })) })).default([]),
});

/** The words of an utterance, put together from its pieces. */
export class XunfeiText {
  readonly #pieces = new Map<number, string>();

  /** Takes a piece: `rpl` first takes out the pieces of its range. */
  add({ sn, pgs, rg, ws }: z.output<typeof xunfeiResult>): void {
    if (pgs === "rpl" && rg !== undefined) {
      for (const number of this.#pieces.keys()) {
        if (number >= rg[0] && number <= rg[1]) this.#pieces.delete(number);
      }
    }
    this.#pieces.set(sn, ws.map(({ cw }) => cw[0]?.w ?? "").join(""));
  }

  /** All of it, in the order of the numbers. */
  toString(): string {
    return [...this.#pieces].sort(([left], [right]) => left - right).map(([, text]) => text).join("").trim();
  }
}
