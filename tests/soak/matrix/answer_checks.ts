import { assert, assertEquals } from "@std/assert";
import { CATALOG, type ErrorCode } from "../../../lib/errors/mod.ts";
import { FIXED_SENTENCES, shippedSentence } from "../../../lib/tts/mod.ts";
import type { FakeMemory } from "../../support/fake_memory.ts";
import type { HandDevice } from "../../support/hand_device.ts";
import { until } from "../../support/until.ts";
import type { AnswerCell, AnswerFault, AnswerOutcome, AnswerStateName } from "./answer_fault.ts";

/** An answer as the language model writes it. */
export const SENTENCES = ["Here is the first sentence.", "And there comes the second one."] as const;

/** Waits until what should become of the answer has; says what. */
export async function follow(
  cell: AnswerCell,
  outcome: AnswerOutcome,
  { deaf }: AnswerFault,
): Promise<string> {
  const { device, gateway } = cell;
  const stopped = () => device.until(() => device.said.includes("tts stop"), "told that the turn is over");
  switch (outcome.type) {
    case "told": {
      await stopped();
      if (outcome.orAnswered === true && isAnswered(device)) return "answered";
      return await checkTold(device, outcome.codes);
    }
    case "cut": {
      await stopped();
      const { en } = FIXED_SENTENCES[outcome.sentence];
      assert(device.said.includes(`tts sentence_start ${en}`), device.said.join(", "));
      return "cut, said";
    }
    case "answered":
      await stopped();
      assert(isAnswered(device), device.log.join(", "));
      return "answered";
    case "given up": {
      if (outcome.stops) await stopped();
      await device.settled();
      const frames = device.framesMs.length;
      await new Promise((resolve) => setTimeout(resolve, 100));
      assertEquals(device.framesMs.length, frames, "frames after it was given up");
      const stops = device.said.filter((said) => said === "tts stop").length;
      assert(outcome.stops ? stops >= 1 : stops === 0, device.said.join(", "));
      return "given up";
    }
    case "ended": {
      const end = () => gateway.sessionEvents.find((event) => event.type === "closed")?.end.type;
      await until(() => end() !== undefined, "the end of the session");
      assert(outcome.ends.some((type) => type === end()), `the session ended as ${end()}`);
      if (deaf !== true) await stopped();
      return String(end());
    }
  }
}

function isAnswered({ log, said }: HandDevice): boolean {
  const shown = SENTENCES.every((sentence) => log.includes(`tts sentence_start ${sentence}`));
  return shown && !said.includes("alert");
}

/** The words are on the screen, and their sound follows. */
async function checkTold(device: HandDevice, codes: readonly ErrorCode[]): Promise<string> {
  const alert = device.heard.find(({ type }) => type === "alert");
  assert(alert !== undefined, `nothing was told: ${device.said.join(", ")}`);
  const code = codes.find((code) => CATALOG[code].device.en === alert["message"]);
  assert(code !== undefined, `told ${JSON.stringify(alert)}, not what ${codes.join(" or ")} says`);
  const { en } = CATALOG[code].device;
  const packets = await shippedSentence(en, "en") ?? [];
  const from = device.log.lastIndexOf(`tts sentence_start ${en}`);
  assert(from >= 0, `it was not said: ${device.said.join(", ")}`);
  const frames = device.log.slice(from).filter((line) => line === "frame").length;
  assert(packets.length > 0 && frames >= packets.length - 1, `${frames} of ${packets.length} frames`);
  return `told, ${code.split(".")[1]}`;
}

/** The record says what was heard. */
export function checkRecord({ entries }: FakeMemory, outcome: AnswerOutcome, state: AnswerStateName): void {
  const entry = entries.at(-1);
  assert(entry !== undefined);
  const { answer, heardChars, user, code, steps } = entry;
  const what = JSON.stringify(entry);
  assert(user !== "", what);
  assert(heardChars <= answer.length, what);
  const kept = entry.outcome;
  switch (outcome.type) {
    case "told":
      if (outcome.orAnswered === true && kept === "answered") return;
      assertEquals(kept, "failed", what);
      assert(code !== undefined && outcome.codes.some((each) => each === code), what);
      return;
    case "cut":
      assertEquals([kept, code], ["answered", undefined], what);
      assert(answer.length > 0, what);
      return;
    case "answered":
      // What is said after a call begins on a line of its own.
      assertEquals(
        [kept, answer.replaceAll("\n", " "), heardChars],
        ["answered", SENTENCES.join(" "), answer.length],
        what,
      );
      return;
    case "given up":
    case "ended": {
      const whole = heardChars > 0 && heardChars === answer.length;
      if (kept === "answered" && whole) return; // let finish
      assertEquals(kept, "interrupted", what);
      if (state === "thinking") assertEquals([answer, heardChars], ["", 0], what);
      // What was said before a call can be heard whole while it lasts.
      else assert(heardChars < answer.length || answer === "" || steps.length > 0, what);
    }
  }
}
