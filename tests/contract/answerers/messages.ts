import { anthropic, ANTHROPIC_KEY } from "../../support/emulators/anthropic.ts";
import { withSecrets } from "../../support/open_recognizer.ts";
import type { LlmSubject } from "../llm_subjects.ts";

/** Language models that are sent the whole conversation in a form of their own. */
export const MESSAGE_SUBJECTS: readonly LlmSubject[] = [
  {
    name: "anthropic",
    dialect: anthropic(),
    block: (url) => withSecrets({ type: "anthropic", url, model: "m" }, { apiKey: ANTHROPIC_KEY }),
    thoughts: "They greet me. I greet them.",
    skipped: {},
  },
];
