import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { ErrorCode } from "../../lib/errors/mod.ts";
import { Voice } from "../../lib/tts/mod.ts";
import type { SpeechFault, SpeechRefusal } from "../support/emulators/speech_script.ts";
import { hearTone, toneOf } from "../support/tones.ts";
import { until } from "../support/until.ts";
import { type Heard, TtsRig, type TtsRigOptions } from "./tts_rig.ts";
import type { TtsSubject } from "./tts_subjects.ts";

/** Where a service hangs, it is called hung soon. */
const HASTY: TtsRigOptions = { timeoutMs: 300 };
const TEXT = "Hello there.";
/** As short as a text is that says something. */
const SHORT = "a";

type Case = (subject: TtsSubject) => Promise<void>;

async function withRig(
  subject: TtsSubject,
  options: TtsRigOptions,
  use: (rig: TtsRig) => Promise<void>,
): Promise<void> {
  await using rig = await TtsRig.open(subject, options);
  await use(rig);
}

/** It is the tone of the text, at its rate, as loud, and as long within 20 ms. */
function assertTone(subject: TtsSubject, { pcm, sampleRateHz }: Heard, text: string): void {
  const expected = subject.says ?? toneOf(text);
  const heard = hearTone(pcm, sampleRateHz);
  assertAlmostEquals(heard.durationMs, expected.durationMs, 20, `${text} is as long`);
  assertAlmostEquals(heard.hz, expected.hz, Math.max(8, expected.hz * 0.08), `${text} is as high`);
  assertAlmostEquals(heard.levelDb, -15, 1.5, `${text} is as loud`);
}

const failing = (
  fault: SpeechFault,
  code: ErrorCode | ((subject: TtsSubject) => ErrorCode),
  options: TtsRigOptions = {},
): Case =>
(subject) =>
  withRig(subject, { ...options, script: { fault } }, async (rig) => {
    assertEquals(await rig.failure(), typeof code === "string" ? code : code(subject));
    assertEquals(rig.requests, 1);
    await rig.closedAtService();
    assertEquals([rig.runner.stats.active, rig.count("ended")], [0, 1]);
  });

const refused = (kind: SpeechRefusal): Case => (subject) => {
  const code = subject.refusals[kind];
  assert(code !== undefined, `no code for ${kind}: name it, or say why it does not apply`);
  return failing({ what: "refuse", kind }, code)(subject);
};

/** Gives up at a step, and looks at the service. */
const canceling = (fault: SpeechFault, when: (rig: TtsRig) => boolean): Case => (subject) =>
  withRig(subject, { script: { fault } }, async (rig) => {
    const outcome = rig.failure();
    await until(() => when(rig), "the step");
    rig.canceled.abort();
    assertEquals(await outcome, "canceled");
    assertEquals(await rig.closedAtService(), "closed");
    const [ended] = rig.events.filter(({ type }) => type === "ended");
    assertEquals(ended?.type === "ended" && ended.error?.code, "canceled");
    assertEquals([rig.runner.stats.active, rig.runner.stats.breaker], [0, "closed"]);
  });

const CASE_LIST = {
  "speaks": (subject) =>
    withRig(subject, {}, async (rig) => {
      const heard = await rig.hear(TEXT);
      assertTone(subject, heard, TEXT);
      assertEquals(heard.voices, [subject.type]);
      assertEquals(rig.events.map(({ type }) => type), ["started", "ended"]);
    }),
  "tones in order": (subject) =>
    withRig(subject, {}, async (rig) => {
      for (const text of ["One.", "And two of them.", "Three, the longest of them all."]) {
        assertTone(subject, await rig.hear(text), text);
      }
    }),
  "byte by byte": (subject) =>
    withRig(subject, { script: { cuts: "every byte" } }, async (rig) => {
      const text = "Oh!";
      assertTone(subject, await rig.hear(text), text);
    }),
  "split at every byte": async (subject) => {
    const soundOf = () => Int16Array.from({ length: 24 }, (_, index) => 1_000 * (index - 12));
    const lengths = await whole();
    for (let at = 1; at < lengths.bytes; at++) {
      await withRig(subject, { script: { soundOf, cuts: [at] } }, async (rig) => {
        assertEquals([...(await rig.hear(SHORT)).pcm], lengths.pcm, `split at ${at}`);
      });
    }

    async function whole(): Promise<{ readonly pcm: number[]; readonly bytes: number }> {
      await using rig = await TtsRig.open(subject, { script: { soundOf, cuts: [] } });
      const { pcm } = await rig.hear(SHORT);
      assertEquals([...pcm], [...soundOf()]);
      return { pcm: [...pcm], bytes: rig.emulator?.requests[0]?.sentBytes ?? 0 };
    }
  },
  "wrong rate": (subject) =>
    // It is not the one that was asked for, and the sound says so.
    withRig(subject, { script: { sampleRateHz: 16_000 } }, async (rig) => {
      assertTone(subject, await rig.hear(TEXT), TEXT);
    }),
  "silence": (subject) =>
    withRig(subject, { script: { soundOf: (_, rate) => new Int16Array(rate) } }, async (rig) => {
      const { pcm, sampleRateHz } = await rig.hear(TEXT);
      assertAlmostEquals(pcm.length / sampleRateHz, 1, 0.02);
      assertEquals(rig.count("silent"), 1);
    }),
  "no sound": (subject) =>
    withRig(subject, { script: { fault: { what: "empty" } } }, async (rig) => {
      assertEquals((await rig.hear(TEXT)).pcm.length, 0);
      assertEquals(rig.events.map(({ type }) => type), ["silent", "ended"]);
    }),
  "nothing to speak": (subject) =>
    withRig(subject, {}, async (rig) => {
      for (const text of ["", "...", " \n", "🙂", "—", "\ud800"]) {
        assertEquals((await rig.hear(text)).pcm.length, 0);
      }
      assertEquals([rig.requests, rig.events.length], [0, 0]);
    }),
  "dirty text": (subject) =>
    withRig(subject, {}, async (rig) => {
      await rig.hear("Hel\u0000lo\ud800 \u001b[1mthere\u0007,\r\n\tyou\udc00.");
      assertEquals(rig.engine?.spoken[0] ?? rig.emulator?.requests[0]?.text, "Hel lo [1mthere , you .");
    }),
  "60 s at once": (subject) =>
    withRig(
      subject,
      { script: { soundOf: (_, rate) => new Int16Array(60 * rate).fill(500) } },
      async (rig) => {
        const { pcm, sampleRateHz, pieces } = await rig.hear(TEXT);
        assertAlmostEquals(pcm.length / sampleRateHz, 60, 0.02);
        if (rig.emulator !== undefined) {
          assert(Math.max(...pieces) <= 65_536, "a stretch is of bounded length");
        }
      },
    ),
  "sound without end": failing({ what: "endless" }, "tts.protocol"),
  "back-pressure": (subject) =>
    withRig(subject, { script: { fault: { what: "endless" } } }, async (rig) => {
      const sounds = rig.voice.speak({ text: TEXT, language: "en" }, { signal: rig.canceled.signal });
      await sounds.next();
      const sent = () => rig.emulator?.requests[0]?.sentBytes ?? 0;
      let before = -1;
      let quiet = 0;
      // What the sockets hold, and no more.
      await until(async () => {
        quiet = before === sent() ? quiet + 1 : 0;
        before = sent();
        await new Promise((resolve) => setTimeout(resolve, 50));
        return quiet === 5 || before >= 16 * 2 ** 20;
      }, "the service is held up");
      assert(before < 16 * 2 ** 20, `${before} bytes were taken that nobody pulled`);
      await sounds.return();
      assertEquals(await rig.closedAtService(), "closed");
    }),
  "a slow listener is no stall": (subject) =>
    withRig(
      subject,
      { ...HASTY, script: { soundOf: (_, rate) => new Int16Array(60 * rate).fill(500) } },
      async (rig) => {
        let samples = 0;
        let rate = 1;
        for await (
          const sound of rig.voice.speak({ text: TEXT, language: "en" }, { signal: rig.canceled.signal })
        ) {
          if (samples === 0) await new Promise((resolve) => setTimeout(resolve, 700));
          samples += sound.pcm.length;
          rate = sound.sampleRateHz;
        }
        assertAlmostEquals(samples / rate, (subject.says?.durationMs ?? 60_000) / 1_000, 0.02);
      },
    ),
  "a byte a second": failing({ what: "trickle" }, "tts.timeout", HASTY),
  "hangs at headers": failing({ what: "hang", at: "headers" }, "tts.timeout", HASTY),
  "hangs at first sound": failing({ what: "hang", at: "first" }, "tts.timeout", HASTY),
  "hangs mid sound": failing({ what: "hang", at: "mid" }, "tts.timeout", HASTY),
  "drops at headers": failing({ what: "drop", at: "headers" }, ({ broken }) => broken),
  "drops at first sound": failing({ what: "drop", at: "first" }, "tts.disconnected"),
  "drops mid sound": failing({ what: "drop", at: "mid" }, "tts.disconnected", { retries: 2 }),
  "refused: auth": refused("auth"),
  "refused: quota": refused("quota"),
  "refused: throttled": refused("throttled"),
  "refused: voice": refused("voice"),
  "refused: model": refused("model"),
  "refused: busy": refused("busy"),
  "refused: text": refused("text"),
  "error in a 200": failing(
    {
      what: "body",
      body: '{"error":{"message":"No.","type":"insufficient_quota","code":"insufficient_quota"}}',
    },
    "tts.quota",
  ),
  "HTML in a 200": failing({ what: "body", body: "<!doctype html><title>Sign in</title>" }, "tts.protocol"),
  "cancel before headers": canceling({ what: "hang", at: "headers" }, (rig) => rig.requests === 1),
  "cancel before the first sound": canceling({ what: "hang", at: "first" }, (rig) => rig.requests === 1),
  "cancel mid sound": canceling({ what: "hang", at: "mid" }, (rig) => rig.count("started") === 1),
  "leaving the loop": (subject) =>
    withRig(subject, { script: { fault: { what: "endless" } } }, async (rig) => {
      for await (
        const _sound of rig.voice.speak({ text: TEXT, language: "en" }, { signal: rig.canceled.signal })
      ) break;
      assertEquals(await rig.closedAtService(), "closed");
      assertEquals(rig.runner.stats.active, 0);
    }),
  "tried again before the first sound": (subject) =>
    withRig(
      subject,
      { retries: 1, script: { fault: { what: "drop", at: "headers" }, faultTimes: 1 } },
      async (rig) => {
        assertTone(subject, await rig.hear(TEXT), TEXT);
        assertEquals([rig.requests, rig.count("retried"), rig.count("ended")], [2, 1, 1]);
      },
    ),
  "breaker": (subject) =>
    withRig(
      subject,
      { breakerFailures: 2, script: { fault: { what: "drop", at: "headers" } } },
      async (rig) => {
        assertEquals([await rig.failure(), await rig.failure()], [subject.broken, subject.broken]);
        assertEquals([await rig.failure(), rig.requests], ["tts.unavailable", 2]);
      },
    ),
  "chain": (subject) =>
    withRig(subject, { name: "first", script: { fault: { what: "drop", at: "headers" } } }, async (rig) => {
      await using other = await TtsRig.open(subject, { name: "second" });
      const heard = await rig.hear(TEXT, new Voice([rig.runner, other.runner]));
      assertTone(subject, heard, TEXT);
      assertEquals([heard.voices, rig.requests, other.requests], [["second"], 1, 1]);
    }),
  "20 at once": (subject) =>
    withRig(subject, { maxStreams: 4 }, async (rig) => {
      const all = await Promise.all(Array.from({ length: 20 }, () => rig.hear(TEXT)));
      for (const heard of all) assertTone(subject, heard, TEXT);
      assertEquals([rig.runner.stats.active, rig.runner.stats.waiting], [0, 0]);
    }),
} satisfies Record<string, Case>;

/** What every voice must do, by its name in the table. */
export type TtsCaseName = keyof typeof CASE_LIST;

/** The cases, in the order of the table. */
export const TTS_CASES: ReadonlyMap<TtsCaseName, Case> = new Map(
  Object.entries(CASE_LIST) as [TtsCaseName, Case][], // Object.entries forgets the names of the keys
);
