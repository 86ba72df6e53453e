import type { AutomationFacts } from "../../lib/automation/mod.ts";

/** Words of a turn. */
export function wordsOf(text: string, turn = "s/1"): AutomationFacts {
  return { type: "words", agent: "default", turn, text, language: "en", source: "spoken" };
}

/** An answer of a turn. */
export function answerOf(text: string, turn = "s/1"): AutomationFacts {
  return {
    type: "answer",
    agent: "default",
    turn,
    text,
    heard: text,
    question: "What is up?",
    language: "en",
    outcome: "answered",
  };
}

/** The device of these tests. */
export const KITCHEN = "02:00:00:aa:bb:cc";
