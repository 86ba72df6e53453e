import { assert, assertEquals, assertMatch } from "@std/assert";
import type { ErrorCode } from "../../lib/errors/mod.ts";
import { type Fault, type RefusalKind, TWO_SENTENCES } from "../support/emulators/script.ts";
import { until } from "../support/until.ts";
import type { EngineSubject } from "./engine_subjects.ts";
import { CHUNK_MS, pause, Rig, type RigOptions } from "./rig.ts";
import type { Subject } from "./subjects.ts";

const SPOKEN = { sentences: TWO_SENTENCES };
/** A service may join sentences without their punctuation in mind; the words and their order count. */
const WHOLE_TEXT = /^good morning\W+how are you\W*$/i;

/** What the cases are run over. */
export type AnySubject = Subject | EngineSubject;

/** A service that does its part is waited for, however busy the machine is. */
const PATIENT: RigOptions = { timeoutMs: 20_000 };
/** Where only time passes, it may pass faster: the sound that a time-out allows for is over at once. */
const HASTY: RigOptions = { speed: 8, timeoutMs: 300 };

type Case = (subject: AnySubject) => Promise<void>;

async function withRig(
  subject: AnySubject,
  options: RigOptions,
  use: (rig: Rig) => Promise<void>,
): Promise<void> {
  await using rig = await Rig.open(subject, { ...PATIENT, ...options });
  await use(rig);
}

const failing =
  (fault: Fault, code: string | readonly string[], options: RigOptions = {}): Case => (subject) =>
    withRig(subject, { ...options, script: { ...SPOKEN, fault } }, async (rig) => {
      // Where quiet is the end, words that are read after it was asked for would be the last.
      const wordsFirst = "quietEnds" in subject && fault.at === "mid" && fault.what !== "drop";
      const utterance = await rig.speak(12, { wordsFirst });
      const codes = typeof code === "string" ? [code] : code;
      const found = await rig.failure(utterance);
      assert(codes.includes(found), `failed with ${found}, not ${codes.join(" or ")}`);
      const said = [rig.partials.length, rig.sentences.length];
      await pause(30);
      assertEquals([rig.partials.length, rig.sentences.length], said, "words came after the end");
    });

type Stage = "start" | "mid" | "finish";

/** The engine ends where a service's connection does. */
function droppedOf(subject: AnySubject, at: Stage): ErrorCode {
  return "dropped" in subject ? subject.dropped : subject.broken?.[at] ?? "asr.disconnected";
}

const dropping = (at: Stage): Case => (subject) =>
  failing({ at, what: "drop" }, droppedOf(subject, at))(subject);

const refused = (kind: RefusalKind): Case => (subject) => {
  const expected = subject.refusals[kind];
  assert(expected !== undefined, `no code for ${kind}: name it, or say why it does not apply`);
  const refusal = "dialect" in subject ? subject.dialect.refusal?.(kind) : undefined;
  const fault: Fault = refusal === undefined
    ? { at: "start", what: "error", kind }
    : { at: "connect", what: "refuse", ...refusal };
  return withRig(subject, { script: { ...SPOKEN, fault }, tls: true }, async (rig) => {
    assertEquals(await rig.failure(await rig.speak()), expected);
  });
};

const CASE_LIST = {
  "text arrives": (subject) =>
    withRig(subject, { script: SPOKEN }, async (rig) => {
      const utterance = await rig.speak();
      const { text, droppedMs } = await utterance.result;
      assertMatch(text, WHOLE_TEXT);
      assertEquals(droppedMs, 0);
    }),
  "text on TLS": (subject) =>
    withRig(subject, { script: SPOKEN, tls: true }, async (rig) => {
      assertMatch((await (await rig.speak()).result).text, WHOLE_TEXT);
    }),
  "slow service": (subject) =>
    withRig(subject, { script: { ...SPOKEN, delayMs: 20 } }, async (rig) => {
      assertMatch((await (await rig.speak()).result).text, WHOLE_TEXT);
    }),
  "partials grow": (subject) =>
    // Slower than the largest piece that any adapter sends, so that no two words come with one.
    withRig(subject, { script: { ...SPOKEN, everyMs: 250 } }, async (rig) => {
      const utterance = rig.start();
      // What is heard before would leave at once.
      await until(() => rig.started > 0);
      for (let chunk = 0; chunk < 24; chunk++) {
        rig.hear(utterance, 1);
        // Four chunks a word, in turns, so that a busy machine skips none of the loop.
        for (let turn = 0; turn < 3; turn++) await pause(4);
      }
      utterance.finish();
      await utterance.result;
      const partials = rig.partials.map((text) => text.toLowerCase().replaceAll(/[^a-z ]/g, ""));
      assertEquals(partials[0], "good");
      for (const [index, text] of partials.entries()) {
        assert(text.startsWith(partials[index - 1] ?? ""), `${partials[index - 1]} became ${text}`);
      }
      assert(partials.at(-1)?.startsWith("good morning how"), `the last was ${partials.at(-1)}`);
    }),
  "finals once": (subject) =>
    withRig(subject, { script: SPOKEN }, async (rig) => {
      const { text } = await (await rig.speak()).result;
      assertMatch(rig.sentences.join(" "), WHOLE_TEXT);
      assertEquals(rig.sentences.filter((sentence) => sentence === "").length, 0);
      assertMatch(text, WHOLE_TEXT);
    }),
  "endpointing": (subject) =>
    withRig(subject, { script: { ...SPOKEN, everyMs: 250 } }, async (rig) => {
      let endpoints = 0;
      const utterance = rig.start(rig.cursor, {
        onEndpoint: () => {
          endpoints++;
          utterance.finish();
        },
      });
      await until(() => rig.started > 0);
      for (let chunk = 0; chunk < 40 && endpoints === 0; chunk++) {
        rig.hear(utterance, 1);
        await pause(5);
      }
      assertEquals(endpoints, 1, "the first sentence did not end the utterance");
      assertMatch((await utterance.result).text, /^good morning/i);
      assertEquals(endpoints, 1);
    }),
  "empty audio": (subject) =>
    withRig(subject, { script: SPOKEN }, async (rig) => {
      const utterance = rig.start();
      utterance.finish();
      assertEquals((await utterance.result).text, "");
    }),
  "nothing said": (subject) =>
    withRig(subject, {}, async (rig) => {
      assertEquals((await (await rig.speak()).result).text, "");
    }),
  "finish twice": (subject) =>
    withRig(subject, { script: SPOKEN }, async (rig) => {
      const utterance = await rig.speak();
      utterance.finish();
      assertMatch((await utterance.result).text, WHOLE_TEXT);
    }),
  "write after finish": (subject) =>
    withRig(subject, { script: { ...SPOKEN, delayMs: 10 } }, async (rig) => {
      const utterance = await rig.speak();
      rig.hear(utterance, 5);
      assertMatch((await utterance.result).text, WHOLE_TEXT);
    }),
  "abort mid-stream": (subject) =>
    withRig(subject, { script: SPOKEN }, async (rig) => {
      const utterance = rig.start();
      rig.hear(utterance, 4);
      await pause(40);
      rig.turn.abort();
      assertEquals(await rig.failure(utterance), "canceled");
      const said = rig.partials.length;
      await rig.quiet();
      assertEquals(rig.partials.length, said);
    }),
  "abort while opening": (subject) =>
    withRig(subject, { script: { fault: { at: "connect", what: "hang" } } }, async (rig) => {
      const utterance = rig.start();
      await pause(20);
      rig.turn.abort();
      assertEquals(await rig.failure(utterance), "canceled");
    }),
  "hangs at connect": failing({ at: "connect", what: "hang" }, "asr.timeout", HASTY),
  "hangs at start": failing({ at: "start", what: "hang" }, "asr.timeout", HASTY),
  "hangs mid-stream": failing({ at: "mid", what: "hang" }, "asr.timeout", HASTY),
  "hangs at finish": failing({ at: "finish", what: "hang" }, "asr.timeout", HASTY),
  "drops at start": dropping("start"),
  "drops mid-stream": dropping("mid"),
  "drops at finish": dropping("finish"),
  "tried again": (subject) =>
    withRig(subject, {
      script: { ...SPOKEN, fault: { at: "start", what: "drop" }, faultTimes: 1 },
      retries: 2,
    }, async (rig) => {
      const { text, droppedMs } = await (await rig.speak()).result;
      assertMatch(text, WHOLE_TEXT);
      const code = droppedOf(subject, "start");
      assertEquals([rig.retried, rig.emulator.connections, droppedMs], [[code], 2, 0]);
    }),
  "refused: proxy": failing({ at: "connect", what: "refuse", status: 401, body: "who are you" }, "asr.auth"),
  "refused: auth": refused("auth"),
  "refused: quota": refused("quota"),
  "refused: config": refused("config"),
  "refused: bad audio": refused("bad_audio"),
  "flood": failing({ at: "mid", what: "flood" }, "asr.protocol"),
  "10 MB message": failing({ at: "mid", what: "giant" }, "asr.protocol"),
  "a byte a second": failing({ at: "mid", what: "trickle" }, "asr.timeout", HASTY),
  "stops reading": (subject) =>
    withRig(subject, { script: { ...SPOKEN, fault: { at: "mid", what: "hang" } } }, async (rig) => {
      const utterance = rig.start();
      // A minute of sound: what the socket does not take waits in the session's buffer, and no longer than a turn.
      rig.hear(utterance, 60_000 / CHUNK_MS);
      await pause(40);
      rig.turn.abort();
      assertEquals(await rig.failure(utterance), "canceled");
    }),
  "100 streams": (subject) =>
    withRig(subject, { script: SPOKEN }, async (rig) => {
      for (let round = 0; round < 4; round++) {
        const results = await Promise.all(Array.from({ length: 25 }, async () => {
          // Its own sound and no other's, or 25 streams would be the work of hundreds.
          const cursor = rig.buffer.cursor("one of many");
          cursor.skipTo(rig.lastSeq + 1);
          const utterance = rig.start(cursor);
          rig.hear(utterance, 2);
          utterance.finish(rig.lastSeq);
          try {
            return (await utterance.result).text;
          } finally {
            cursor.close();
          }
        }));
        for (const text of results) assertMatch(text, WHOLE_TEXT);
      }
      await rig.quiet();
    }),
} satisfies Record<string, Case>;

/** What every adapter must do, by its name in the table. */
export type CaseName = keyof typeof CASE_LIST;

/** Cases that are work for the machine, not a wait. */
export const BUSY: ReadonlySet<CaseName> = new Set([
  "flood",
  "10 MB message",
  "stops reading",
  "100 streams",
]);

/** The cases, in the order of the table. */
export const CASES: ReadonlyMap<CaseName, Case> = new Map(
  Object.entries(CASE_LIST) as [CaseName, Case][], // Object.entries forgets the names of the keys
);
