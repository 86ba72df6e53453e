/**
 * What it costs to cut an answer into pieces and to say what is spoken of them: per delta of a language model, with the
 * question for the pause as the dialogue asks it, and per piece.
 *
 * `deno run -A tests/bench/cut_cost.ts`
 */
import { PieceCutter, SpokenText } from "../../lib/dialogue/mod.ts";
import { CUT_TABLE } from "../dialogue/support/cut_table.ts";
import { report } from "./support/report.ts";

const ROUNDS = 7;
const DELTA_CHARS = 4;
const LIMIT_US = 40;
const LIMIT_PIECE_US = 400;

const text = CUT_TABLE.map((pieces) => pieces.join("")).join(" ").repeat(20);
const deltas: string[] = [];
for (let at = 0; at < text.length; at += DELTA_CHARS) deltas.push(text.slice(at, at + DELTA_CHARS));

/** The best of several rounds, in us for each: the machine is shared. */
function bestUs(count: number, run: () => void): number {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const startedMs = performance.now();
    run();
    best = Math.min(best, (performance.now() - startedMs) * 1e3 / count);
  }
  return best;
}

const deltaUs = bestUs(deltas.length, () => {
  const cutter = new PieceCutter();
  for (const delta of deltas) {
    cutter.push(delta);
    cutter.dueMs;
  }
  cutter.flush();
});
const cutter = new PieceCutter();
const pieces = [...cutter.push(text), ...cutter.flush()];
const pieceUs = bestUs(pieces.length, () => {
  const voice = new SpokenText(["zh-CN", "en-US"]);
  for (const piece of pieces) voice.speak(piece);
});
report({
  name: "cutting an answer, a delta",
  measured: deltaUs,
  limit: LIMIT_US,
  unit: "us",
  detail: { chars: DELTA_CHARS },
});
report({ name: "what is spoken of a piece", measured: pieceUs, limit: LIMIT_PIECE_US, unit: "us" });
