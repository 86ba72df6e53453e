import { assertAlmostEquals, assertEquals } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { Channel } from "../../../lib/lifecycle/mod.ts";
import { TtsRig, type TtsRigOptions } from "../../contract/tts_rig.ts";
import type { TtsSubject } from "../../contract/tts_subjects.ts";
import { spokenBy } from "../../support/spoken_by.ts";
import { test } from "../../support/test.ts";
import { toneOf } from "../../support/tones.ts";
import { inTime, until } from "../../support/until.ts";
import { listen } from "../speaking.ts";

/** A voice that speaks what is written into `parts`. */
export async function writing(subject: TtsSubject, options: TtsRigOptions = {}) {
  const rig = await TtsRig.open(subject, options);
  const parts = new Channel<string>(100);
  const speaking = listen(spokenBy(rig.provider, parts, rig.canceled.signal));
  return {
    rig,
    parts,
    write: async (...texts: readonly string[]) => {
      for (const text of texts) await parts.send(text);
    },
    /** Waits for its end; gives the code with which it failed, or `whole`. */
    outcome: async () => {
      await inTime(speaking.done, "the end of the speech");
      return speaking.outcome;
    },
    soundMs: () =>
      speaking.sounds.reduce((sum, { pcm, sampleRateHz }) => sum + pcm.length * 1_000 / sampleRateHz, 0),
    /** What the service was given, request by request. */
    texts: () => rig.emulator?.requests.map(({ text }) => text) ?? [],
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  };
}

const DELTAS = ["One", " thing ", "is s", "ure", ".", " "];
const FIRST = "One thing is sure.";
const REST = ["Two", " more", " come", " later."];
const SECOND = "Two more come later.";

/** What every voice must do that takes text while it is being written. */
export function testWritten(name: string, subject: TtsSubject): void {
  test(`${name}: the sound of a sentence comes before the next one is written, and no word is changed`, async () => {
    await using speech = await writing(subject);
    await speech.write(...DELTAS);
    await until(() => speech.soundMs() >= toneOf(FIRST).durationMs - 20, "the first sentence");
    assertEquals(speech.rig.emulator?.requests[0]?.state, "open");
    await speech.write(...REST);
    speech.parts.close();
    assertEquals(await speech.outcome(), "whole");
    assertAlmostEquals(speech.soundMs(), toneOf(FIRST).durationMs + toneOf(SECOND).durationMs, 20);
    const [text = "", ...others] = speech.texts();
    assertEquals([text.trimEnd(), others], [`${FIRST} ${SECOND}`, []]);
    await speech.rig.closedAtService();
  });

  test(`${name}: given up while text is awaited`, async () => {
    await using speech = await writing(subject);
    await speech.write("One");
    await until(() => speech.rig.requests === 1, "the request");
    speech.rig.canceled.abort();
    assertEquals([await speech.outcome(), await speech.rig.closedAtService()], ["canceled", "closed"]);
    assertEquals(await speech.parts.send("late"), false, "the writer is told");
  });

  test(`${name}: given up amid sound`, async () => {
    await using speech = await writing(subject, { script: { fault: { what: "hang", at: "mid" } } });
    await speech.write(...DELTAS, ...REST);
    await until(() => speech.soundMs() > 0, "sound");
    speech.rig.canceled.abort();
    assertEquals([await speech.outcome(), await speech.rig.closedAtService()], ["canceled", "closed"]);
    assertEquals(await speech.parts.send("late"), false, "the writer is told");
  });

  test(`${name}: leaving the loop amid sound ends the request`, async () => {
    await using rig = await TtsRig.open(subject, { script: { fault: { what: "endless" } } });
    const parts = new Channel<string>(100);
    for (const part of [...DELTAS, ...REST]) await parts.send(part);
    for await (const _sound of spokenBy(rig.provider, parts, rig.canceled.signal)) break;
    assertEquals(await rig.closedAtService(), "closed");
    assertEquals(await parts.send("late"), false, "the writer is told");
  });

  test(`${name}: what the writer throws is thrown, and ends the request`, async () => {
    await using speech = await writing(subject);
    await speech.write(...DELTAS);
    await until(() => speech.soundMs() > 0, "sound");
    speech.parts.close(new EarshotError("llm.timeout", "Cannot answer"));
    assertEquals([await speech.outcome(), await speech.rig.closedAtService()], ["llm.timeout", "closed"]);
  });

  test(`${name}: a connection that breaks, and a refusal, while text is awaited`, async () => {
    await using broken = await writing(subject, { script: { fault: { what: "drop", at: "first" } } });
    await broken.write(...DELTAS);
    assertEquals(await broken.outcome(), "tts.disconnected");
    assertEquals(await broken.parts.send("late"), false, "the writer is told");
    await using refused = await writing(subject, {
      script: { fault: { what: "refuse", kind: "throttled" } },
    });
    await refused.write(...DELTAS);
    assertEquals(await refused.outcome(), "tts.throttled");
  });

  test(`${name}: nobody is asked for a text with nothing to speak`, async () => {
    await using speech = await writing(subject);
    await speech.write("…", " ", "!");
    speech.parts.close();
    assertEquals([await speech.outcome(), speech.rig.requests], ["whole", 0]);
  });
}
