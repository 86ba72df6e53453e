import { assertEquals } from "@std/assert";
import { TTS_PROVIDERS, voiceCapabilitiesOf } from "../../lib/tts/mod.ts";
import { withSecrets } from "../support/open_recognizer.ts";
import { stepsAtOnce } from "../support/steps_at_once.ts";
import { test } from "../support/test.ts";
import { STREAMED_CASES } from "./streamed_cases.ts";
import { STREAMED_ELSEWHERE, STREAMED_SUBJECTS } from "./streamed_subjects.ts";
import { TTS_SUBJECTS, type TtsSubject } from "./tts_subjects.ts";

/** How many cases of one subject run at once. */
const AT_ONCE = 8;

for (const streamed of STREAMED_SUBJECTS) {
  const { skipped = {} } = streamed;
  test(`contract: the voice ${streamed.subject().name}, of text while it is being written`, async (t) => {
    const cases = [...STREAMED_CASES].filter(([name]) => !(name in skipped));
    await stepsAtOnce(t, cases.map(([name, run]) => [name, () => run(streamed)]), { limit: AT_ONCE });
  });
}

/** Whether the voice of a subject takes text while it is being written. */
function isStreamed({ http, socket, tcp }: TtsSubject): boolean {
  const remote = socket ?? http;
  const block = remote?.block(`${socket === undefined ? "http" : "ws"}://localhost`) ??
    tcp?.block("tcp://localhost:1");
  if (block === undefined || !TTS_PROVIDERS.some(({ type }) => type === block.type)) return false;
  return voiceCapabilitiesOf(withSecrets(block, remote?.secrets)).textIn === "streamed";
}

test("contract: every voice that takes text while it is being written is one of the streamed subjects", () => {
  const covered = STREAMED_SUBJECTS.map(({ subject }) => subject().name);
  const due = TTS_SUBJECTS.filter(isStreamed).map(({ name }) => name);
  assertEquals(due.filter((name) => !covered.includes(name) && !(name in STREAMED_ELSEWHERE)), []);
  assertEquals(covered.filter((name) => !due.includes(name)), [], "one that takes none");
});
