import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { EarshotError } from "../../lib/errors/mod.ts";
import { Channel } from "../../lib/lifecycle/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { toneOf } from "../support/tones.ts";
import { until } from "../support/until.ts";
import { StreamedRig, type StreamedRigOptions } from "./streamed_rig.ts";
import type { StreamedSubject } from "./streamed_subjects.ts";

const FIRST = "Hello there.";

type Case = (subject: StreamedSubject) => Promise<void>;

async function open(
  { subject }: StreamedSubject,
  { clock, ...options }: StreamedRigOptions = {},
): Promise<StreamedRig> {
  return await StreamedRig.open(subject(clock), { ...options, ...(clock && { clock }) });
}

/** The text without the white space at its ends, and with single spaces. */
function plain(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

const CASE_LIST = {
  "an early sentence is heard before the later ones are written": async (subject) => {
    await using rig = await open(subject);
    await rig.write(`${FIRST} `);
    await rig.hear(FIRST);
    assertEquals([plain(rig.text), rig.finished], [FIRST, 0]);
    await rig.write("And a second one.");
    await rig.hear(FIRST, "And a second one.");
    rig.parts.close();
    await rig.hearAll(FIRST, "And a second one.");
    assertEquals([rig.emulator.requests.length, rig.texts.length, rig.finished], [1, 1, 1]);
    assertEquals(plain(rig.text), `${FIRST} And a second one.`);
  },

  "what the service holds back is spoken once the text has ended": async (subject) => {
    await using rig = await open(subject);
    await rig.write(`${FIRST} `, "And a", " tail");
    await rig.hear(FIRST);
    const tail = rig.next();
    await until(() => rig.text.includes("And a"), "the text");
    assertEquals([Math.round(rig.heardMs), rig.finished], [toneOf(FIRST).durationMs, 0]);
    rig.parts.close();
    assert(await tail !== undefined);
    await rig.hearAll(FIRST, "And a tail");
  },

  "each part is sent as it is": async (subject) => {
    await using rig = await open(subject);
    await rig.write("Hel", "", "lo ", "the", "re", " ", ",", " you", ".");
    rig.parts.close();
    await rig.hearAll("Hello there , you.");
    assertEquals(rig.texts, [{
      parts: ["Hel", "lo ", "the", "re", " ", ",", " you", "."],
      finished: true,
    }]);
  },

  "nobody is asked before there is something to speak": async (subject) => {
    await using rig = await open(subject);
    const sound = rig.next();
    await rig.write(" ", "“", "🙂");
    await until(() => rig.parts.length === 0, "all was taken");
    assertEquals(rig.emulator.requests.length, 0);
    await rig.write("Hi you.");
    assert(await sound !== undefined);
    rig.parts.close();
    assertEquals([await rig.outcome(), plain(rig.text)], ["whole", "“🙂Hi you."]);
    assert(rig.texts[0]?.parts[0]?.includes("“🙂Hi"), "what came before goes with it");
  },

  "a text without words asks nobody": async (subject) => {
    await using rig = await open(subject);
    await rig.write(" ", "...", "🙂");
    rig.parts.close();
    assertEquals([await rig.next(), rig.emulator.requests.length], [undefined, 0]);
  },

  "a text of which the service makes nothing is no error": async (subject) => {
    await using rig = await open(subject, { script: { fault: { what: "empty" } } });
    await rig.write(`${FIRST} `, "And more");
    rig.parts.close();
    assertEquals([await rig.next(), rig.finished], [undefined, 1]);
  },

  "parts are sent while nobody pulls the sound": async (subject) => {
    await using rig = await open(subject);
    await rig.write(`${FIRST} `);
    assert(await rig.next() !== undefined);
    await rig.write("One. ", "Two. ", "Three.");
    rig.parts.close();
    await until(() => rig.finished === 1, "the end of the text");
    assertEquals(plain(rig.text), `${FIRST} One. Two. Three.`);
  },

  "a pause that the service would not bear loses nothing": async (subject) => {
    const { maxPauseMs } = subject;
    assert(maxPauseMs !== undefined, "say how long it bears a pause, or why this does not apply");
    const clock = new FakeClock();
    await using rig = await open(subject, { clock });
    await rig.write(`${FIRST} `, "Just a moment");
    await rig.hear(FIRST);
    await until(() => rig.text.includes("Just a"), "the text");
    await clock.advance(maxPauseMs - 1);
    assertEquals(rig.finished, 0);
    await clock.advance(1);
    await rig.hear(FIRST, "Just a moment");
    assertEquals(rig.finished, 1);
    const rest = rig.next();
    // Longer than any service waits.
    await clock.advance(120_000);
    await rig.write(", please, if you may. ", "Here it is.");
    assert(await rest !== undefined);
    rig.parts.close();
    await rig.hearAll(FIRST, "Just a moment", ", please, if you may.", "Here it is.");
    assertEquals([rig.texts.length, rig.finished], [2, 2]);
  },

  "parts that come in time keep the request": async (subject) => {
    const { maxPauseMs } = subject;
    assert(maxPauseMs !== undefined, "say how long it bears a pause, or why this does not apply");
    const clock = new FakeClock();
    await using rig = await open(subject, { clock });
    const sentences = ["Number one is here.", "Two of them are here.", "And here is three."];
    for (const [index, sentence] of sentences.entries()) {
      await rig.write(`${sentence} `);
      await rig.hear(...sentences.slice(0, index + 1));
      await clock.advance(maxPauseMs - 1);
    }
    rig.parts.close();
    await rig.hearAll(...sentences);
    assertEquals([rig.texts.length, rig.finished], [1, 1]);
  },

  "a text of any length": async (subject) => {
    await using rig = await open(subject);
    const sentence = `${"word ".repeat(100)}end. `;
    await rig.write(...Array.from({ length: 9 }, () => sentence));
    rig.parts.close();
    assertEquals(await rig.outcome(), "whole");
    // What is sent of a request may end without its last blank.
    const texts = rig.texts.map(({ parts }) => parts.join(""));
    assertEquals(plain(texts.join(" ")), plain(sentence.repeat(9)));
    assert(rig.heardMs >= 9 * toneOf(sentence.trim()).durationMs, "all of it is heard");
    assertEquals([rig.texts.length, rig.finished], [3, 3]);
  },

  "several texts at once": async (subject) => {
    await using rig = await open(subject);
    const texts = ["This is one of them.", "And this is another one.", "Here is something else."];
    const heardMs = await Promise.all(texts.map(async (text) => {
      const parts = new Channel<string>(10);
      await parts.send(text);
      parts.close();
      let ms = 0;
      for await (const { pcm, sampleRateHz } of rig.speak(parts)) ms += pcm.length * 1_000 / sampleRateHz;
      return Math.round(ms);
    }));
    assertEquals(heardMs, texts.map((text) => toneOf(text).durationMs));
    assertEquals([rig.texts.length, rig.finished], [3, 3]);
  },

  "given up while there is no text yet": async (subject) => {
    await using rig = await open(subject);
    const outcome = rig.outcome();
    rig.canceled.abort();
    assertEquals([await outcome, rig.emulator.requests.length], ["canceled", 0]);
    assert(await rig.isLeft(), "the writer is told");
  },

  "given up while further text is awaited": async (subject) => {
    await using rig = await open(subject);
    await rig.write(`${FIRST} `);
    await rig.hear(FIRST);
    const outcome = rig.outcome();
    rig.canceled.abort();
    assertEquals([await outcome, await rig.closedAtService()], ["canceled", "closed"]);
    assert(await rig.isLeft(), "the writer is told");
    assertEquals(plain(rig.text), FIRST);
  },

  "given up at each step of the opening": async (subject) => {
    for (const at of ["headers", "first"] as const) {
      await using rig = await open(subject, { script: { fault: { what: "hang", at } } });
      await rig.write(`${FIRST} `);
      const outcome = rig.outcome();
      await until(
        () => at === "headers" ? rig.emulator.requests.length === 1 : plain(rig.text) === FIRST,
        at,
      );
      rig.canceled.abort();
      assertEquals([await outcome, await rig.closedAtService()], ["canceled", "closed"], at);
      assert(await rig.isLeft(), "the writer is told");
    }
  },

  "given up amid the sound, of which nothing more is heard": async (subject) => {
    await using rig = await open(subject, { script: { fault: { what: "endless" } } });
    await rig.write(`${FIRST} `, "And more.");
    for (let count = 0; count < 3; count++) assert(await rig.next() !== undefined);
    // By now far more has come than was heard.
    const { requests } = rig.emulator;
    await until(() => (requests[0]?.sentBytes ?? 0) > 100_000, "sound is on its way");
    rig.canceled.abort();
    assertEquals((await assertRejects(() => rig.next(), EarshotError)).code, "canceled");
    assertEquals([await rig.next(), await rig.closedAtService()], [undefined, "closed"]);
    assert(await rig.isLeft(), "the writer is told");
  },

  "given up by leaving the loop": async (subject) => {
    await using rig = await open(subject);
    await rig.write(`${FIRST} `);
    assert(await rig.next() !== undefined);
    await rig.leave();
    assertEquals(await rig.closedAtService(), "closed");
    assert(await rig.isLeft(), "the writer is told");
  },

  "a text that fails ends the request with its own error": async (subject) => {
    for (
      const error of [new EarshotError("llm.timeout", "Cannot answer"), new RangeError("it is none of ours")]
    ) {
      await using rig = await open(subject);
      await rig.write(`${FIRST} `);
      await rig.hear(FIRST);
      const failed = assertRejects(() => rig.next());
      rig.parts.close(error);
      assertStrictEquals(await failed, error);
      assertEquals(await rig.closedAtService(), "closed");
    }
  },

  "a service that ends amid the text is told as such": async (subject) => {
    await using rig = await open(subject);
    await rig.write(`${FIRST} `);
    await rig.hear(FIRST);
    const outcome = rig.outcome();
    rig.emulator.dropAll();
    assertEquals(await outcome, "tts.disconnected");
    assert(await rig.isLeft(), "the writer is told");
  },

  "a connection that breaks before the sound is told as such": async (subject) => {
    await using rig = await open(subject, { script: { fault: { what: "drop", at: "first" } } });
    await rig.write(`${FIRST} `);
    assertEquals(await rig.outcome(), "tts.disconnected");
    assert(await rig.isLeft(), "the writer is told");
  },

  "a refusal is told while text is awaited": async (subject) => {
    const code = subject.subject().refusals.busy;
    assert(code !== undefined, "no code for busy");
    await using rig = await open(subject, { script: { fault: { what: "refuse", kind: "busy" } } });
    await rig.write(`${FIRST} `);
    assertEquals(await rig.outcome(), code);
    assert(await rig.isLeft(), "the writer is told");
  },
} satisfies Record<string, Case>;

/** What every voice must do that takes text while it is being written, by its name in the table. */
export type StreamedCaseName = keyof typeof CASE_LIST;

/** The cases, in the order of the table. */
export const STREAMED_CASES: ReadonlyMap<StreamedCaseName, Case> = new Map(
  Object.entries(CASE_LIST) as [StreamedCaseName, Case][], // Object.entries forgets the names of the keys
);
