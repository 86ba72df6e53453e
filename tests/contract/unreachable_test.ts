import { assert, assertEquals, assertMatch } from "@std/assert";
import { EarshotError } from "../../lib/errors/mod.ts";
import { openLlm, questionOf } from "../support/open_llm.ts";
import { openVoice } from "../support/open_voice.ts";
import { test } from "../support/test.ts";
import { inTime } from "../support/until.ts";
import { LLM_SUBJECTS } from "./llm_subjects.ts";
import { TTS_SUBJECTS } from "./tts_subjects.ts";

/** Where nobody listens. */
const NOBODY = "localhost:1";
const TEXT = "Lanterns on the pier.";

/** With what an answer or a voice fails, which is told without the text and the secrets. */
async function failureOf(asked: AsyncIterable<unknown>, secrets: readonly string[]): Promise<string> {
  try {
    await inTime(Array.fromAsync(asked), "a refused connection");
  } catch (thrown) {
    assert(thrown instanceof EarshotError, String(thrown));
    assertMatch(thrown.message, /^Cannot /);
    assertEquals([TEXT, ...secrets].filter((word) => thrown.message.includes(word)), []);
    return thrown.code;
  }
  return "none";
}

for (const subject of TTS_SUBJECTS) {
  const remote = subject.http ?? subject.socket ?? subject.tcp;
  if (remote === undefined) continue;
  test(`without a server ${subject.name} is unreachable, and the text and the secrets are not told`, async () => {
    const scheme = subject.http !== undefined ? "http" : subject.socket !== undefined ? "ws" : "tcp";
    const { secrets = {} } = remote;
    const voice = await (remote.open ?? openVoice)(remote.block(`${scheme}://${NOBODY}`), { secrets });
    const sounds = voice.speak({ text: TEXT, language: "en" }, new AbortController().signal);
    assertEquals(await failureOf(sounds, Object.values(secrets)), "tts.unreachable");
    await voice.close?.();
  });
}

for (const { name, dialect, block, open = openLlm } of LLM_SUBJECTS) {
  if (dialect === undefined) continue;
  test(`without a server ${name} is unreachable, and the question and the secrets are not told`, async () => {
    const given = block(`http://${NOBODY}`);
    const secrets = [...JSON.stringify(given).matchAll(/\{"env":"(\w+)"\}/g)]
      .map(([, variable = ""]) => Deno.env.get(variable) ?? "").filter((secret) => secret !== "");
    const model = await open(given);
    const events = model.answer(questionOf(TEXT), new AbortController().signal);
    assertEquals(await failureOf(events, secrets), "llm.unreachable");
    await model.close?.();
  });
}
