import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { toneOf } from "../../support/tones.ts";
import { until } from "../../support/until.ts";
import { lengthMs, StreamedRig, type StreamedSubject } from "./streamed_rig.ts";

const FIRST = "Hello there.";

/** What every voice must do that takes text while it is being written. */
export const STREAMED_CASES: ReadonlyMap<string, (subject: StreamedSubject) => Promise<void>> = new Map(
  Object.entries(
    {
      "an early sentence is heard before the later ones are written": async (subject) => {
        await using rig = await StreamedRig.open(subject);
        await rig.write(FIRST);
        await rig.hear(FIRST);
        assertEquals([rig.text, rig.count(subject.finishes)], [FIRST, 0]);
        await rig.write(" And a second one.");
        await rig.hear(FIRST, "And a second one.");
        rig.parts.close();
        await rig.hearAll(FIRST, "And a second one.");
        assertEquals([rig.emulator.requests.length, rig.count(subject.finishes)], [1, 1]);
      },

      "what the service holds back is spoken once the text has ended": async (subject) => {
        await using rig = await StreamedRig.open(subject);
        await rig.write(FIRST, " And a", " tail");
        await rig.hear(FIRST);
        const tail = rig.next();
        await until(() => rig.count(subject.writes) === 3, "the whole text");
        assertEquals([Math.round(rig.heardMs), rig.count(subject.finishes)], [lengthMs([FIRST]), 0]);
        rig.parts.close();
        assert(await tail !== undefined);
        await rig.hearAll(FIRST, "And a tail");
      },

      "each part is sent as it is": async (subject) => {
        await using rig = await StreamedRig.open(subject);
        await rig.write("Hel", "", "lo ", "the", "re", " ", ",", " you", ".");
        rig.parts.close();
        await rig.hearAll("Hello there , you.");
        assertEquals([rig.text, rig.count(subject.writes)], ["Hello there , you.", 8]);
      },

      "nobody is asked before there is something to speak": async (subject) => {
        await using rig = await StreamedRig.open(subject);
        const sound = rig.next();
        await rig.write(" ", "“", "🙂");
        await until(() => rig.parts.length === 0, "all was taken");
        assertEquals(rig.emulator.requests.length, 0);
        await rig.write("Hi you.");
        assert(await sound !== undefined);
        rig.parts.close();
        while (await rig.next() !== undefined) { /* to the end */ }
        assertEquals([rig.text.trimStart(), rig.count(subject.writes)], ["“🙂Hi you.", 1]);
      },

      "a text without words asks nobody": async (subject) => {
        await using rig = await StreamedRig.open(subject);
        await rig.write(" ", "...", "🙂");
        rig.parts.close();
        assertEquals([await rig.next(), rig.emulator.requests.length], [undefined, 0]);
      },

      "a pause that the service would not bear loses nothing": async (subject) => {
        const clock = new FakeClock();
        await using rig = await StreamedRig.open(subject, { clock });
        await rig.write(FIRST, " Just a moment");
        await rig.hear(FIRST);
        await until(() => rig.count(subject.writes) === 2, "the whole text");
        await clock.advance(subject.maxPauseMs - 1);
        assertEquals(rig.count(subject.finishes), 0);
        await clock.advance(1);
        await rig.hear(FIRST, "Just a moment");
        assertEquals(rig.count(subject.finishes), 1);
        const rest = rig.next();
        // Longer than any service waits.
        await clock.advance(120_000);
        await rig.write(", please.", " Here it is.");
        assert(await rest !== undefined);
        rig.parts.close();
        await rig.hearAll(FIRST, "Just a moment", ", please.", "Here it is.");
        assertEquals([rig.count(subject.begins), rig.count(subject.finishes)], [2, 2]);
      },

      "parts that come in time keep the request": async (subject) => {
        const clock = new FakeClock();
        await using rig = await StreamedRig.open(subject, { clock });
        const sentences = ["One.", "Two of them.", "Three."];
        for (const [index, sentence] of sentences.entries()) {
          await rig.write(`${sentence} `);
          await rig.hear(...sentences.slice(0, index + 1));
          await clock.advance(subject.maxPauseMs - 1);
        }
        rig.parts.close();
        await rig.hearAll(...sentences);
        assertEquals([rig.count(subject.begins), rig.count(subject.finishes)], [1, 1]);
      },

      "a text of any length": async (subject) => {
        await using rig = await StreamedRig.open(subject);
        const sentence = `${"word ".repeat(100)}end. `;
        await rig.write(...Array.from({ length: 9 }, () => sentence));
        rig.parts.close();
        let last = 0;
        while (await rig.next() !== undefined) last = Math.round(rig.heardMs);
        assertEquals(rig.text, sentence.repeat(9));
        assert(last >= 9 * toneOf(sentence.trim()).durationMs, "all of it is heard");
        assertEquals([rig.count(subject.begins), rig.count(subject.writes)], [3, 9]);
      },

      "given up while there is no text yet": async (subject) => {
        await using rig = await StreamedRig.open(subject);
        const failed = assertRejects(() => rig.next(), EarshotError);
        rig.canceled.abort();
        assertEquals([(await failed).code, rig.emulator.requests.length], ["canceled", 0]);
      },

      "given up while further text is awaited": async (subject) => {
        await using rig = await StreamedRig.open(subject);
        await rig.write(FIRST);
        await rig.hear(FIRST);
        const failed = assertRejects(() => rig.next(), EarshotError);
        rig.canceled.abort();
        assertEquals([(await failed).code, await rig.closedAtService()], ["canceled", "closed"]);
        await rig.write(" Nobody hears this.");
        assertEquals(rig.text, FIRST);
      },

      "given up at each step of the opening": async (subject) => {
        for (const at of ["headers", "first"] as const) {
          await using rig = await StreamedRig.open(subject, { script: { fault: { what: "hang", at } } });
          await rig.write(FIRST);
          const failed = assertRejects(() => rig.next(), EarshotError);
          await until(() => at === "headers" ? rig.emulator.requests.length === 1 : rig.text === FIRST, at);
          rig.canceled.abort();
          assertEquals([(await failed).code, await rig.closedAtService()], ["canceled", "closed"]);
        }
      },

      "given up amid the sound, of which nothing more is heard": async (subject) => {
        await using rig = await StreamedRig.open(subject, { script: { fault: { what: "endless" } } });
        await rig.write(FIRST, " And more.");
        for (let count = 0; count < 3; count++) assert(await rig.next() !== undefined);
        // By now far more has come than was heard.
        const { requests } = rig.emulator;
        await until(() => (requests[0]?.sentBytes ?? 0) > 100_000, "sound is on its way");
        rig.canceled.abort();
        assertEquals((await assertRejects(() => rig.next(), EarshotError)).code, "canceled");
        assertEquals([await rig.next(), await rig.closedAtService()], [undefined, "closed"]);
      },

      "given up by leaving the loop": async (subject) => {
        await using rig = await StreamedRig.open(subject);
        await rig.write(FIRST);
        assert(await rig.next() !== undefined);
        await rig.leave();
        assertEquals(await rig.closedAtService(), "closed");
        assertEquals(await rig.parts.send("late"), false, "nobody writes for it any more");
      },

      "a text that fails ends the request with its own error": async (subject) => {
        await using rig = await StreamedRig.open(subject);
        await rig.write(FIRST);
        await rig.hear(FIRST);
        const failed = assertRejects(() => rig.next());
        const error = new EarshotError("llm.timeout", "Cannot answer");
        rig.parts.close(error);
        assertStrictEquals(await failed, error);
        assertEquals(await rig.closedAtService(), "closed");
      },

      "a service that ends amid the text is told as such": async (subject) => {
        await using rig = await StreamedRig.open(subject);
        await rig.write(FIRST);
        await rig.hear(FIRST);
        const failed = assertRejects(() => rig.next(), EarshotError);
        rig.emulator.dropAll();
        assertEquals((await failed).code, "tts.disconnected");
      },
    } satisfies Record<string, (subject: StreamedSubject) => Promise<void>>,
  ),
);
