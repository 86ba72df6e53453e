import { assertEquals } from "@std/assert";
import { systemClock } from "../../../lib/lifecycle/mod.ts";
import { AnsweringGateway } from "../../support/answering_gateway.ts";
import fc from "../../support/fast_check.ts";
import { FakeLlm } from "../../support/fake_llm.ts";
import { HandDevice } from "../../support/hand_device.ts";
import { test } from "../../support/test.ts";

/** A word is a burst of sound, told from others by its length, in ms. */
const WORDS_MS: Readonly<Record<string, number>> = { ant: 300, bee: 420, cow: 540, dog: 660 };
/** Pauses within a sentence are shorter than the silence that ends it. */
const END_SILENCE_MS = 700;
const WINDOW_SAMPLES = 320;
const LOUD = 1_000;

/** One thing that somebody says: words with a pause after each but the last, in ms, and a moment for the gateway. */
interface Saying {
  readonly words: readonly { readonly word: string; readonly pauseMs: number; readonly lets: boolean }[];
}

const saying: fc.Arbitrary<Saying> = fc.record({
  words: fc.array(
    fc.record({
      word: fc.constantFrom(...Object.keys(WORDS_MS)),
      pauseMs: fc.constantFrom(360, 420, 480, 540, 600, 660),
      lets: fc.boolean(),
    }),
    { minLength: 1, maxLength: 4 },
  ),
});

/** What a recognizer makes of sound: its words. */
function wordsIn(pcm: Int16Array): string {
  const words: string[] = [];
  let loudMs = 0;
  let quietMs = 0;
  for (let at = 0; at < pcm.length; at += WINDOW_SAMPLES) {
    const window = pcm.subarray(at, at + WINDOW_SAMPLES);
    const loud = window.reduce((sum, sample) => sum + Math.abs(sample), 0) / window.length > LOUD;
    quietMs = loud ? 0 : quietMs + 20;
    if (loud) loudMs += 20;
    const ends = quietMs >= 100 || at + WINDOW_SAMPLES >= pcm.length;
    if (!ends || loudMs === 0) continue;
    words.push(nearestWord(loudMs));
    loudMs = 0;
  }
  return words.join(" ");
}

function nearestWord(durationMs: number): string {
  const [word] = Object.entries(WORDS_MS)
    .toSorted(([, one], [, other]) => Math.abs(one - durationMs) - Math.abs(other - durationMs))[0] ?? [""];
  return word;
}

const textOf = ({ words }: Saying) => words.map(({ word }) => word).join(" ");

/** Says each thing once the one before was answered; gives the connection's id. */
async function converse(
  gateway: AnsweringGateway,
  sayings: readonly Saying[],
): Promise<readonly [string, string[]]> {
  await using device = await HandDevice.greet(gateway);
  const sessionId = String(device.heard[0]?.["session_id"]);
  for (const { words } of sayings) {
    device.log.length = 0;
    device.start("auto");
    for (const [index, { word, pauseMs, lets }] of words.entries()) {
      device.speak(WORDS_MS[word] ?? 0);
      const isLast = index === words.length - 1;
      device.pause(pauseMs);
      if (lets) await device.settled();
      if (isLast) device.pause(END_SILENCE_MS);
    }
    await device.until(() => device.log.includes("tts stop"), `an answer to ${textOf({ words })}`);
    await device.settled();
  }
  return [sessionId, device.said.filter((line) => line.startsWith("stt")).map((line) => line.slice(4))];
}

test("in 200 things that are said with pauses, only whole ones are shown, spoken and kept", async () => {
  let asked = 0;
  let canceled = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(saying, { minLength: 4, maxLength: 4 }), { minLength: 10, maxLength: 10 }),
      async (devices) => {
        const llm = new FakeLlm({
          name: "builtin",
          clock: systemClock,
          script: ({ question }, index) => ({ text: `You said: ${question}`, firstTokenMs: index % 4 * 5 }),
        });
        await using gateway = new AnsweringGateway({}, {
          vad: { endSilenceMs: END_SILENCE_MS, pauseMs: 300 },
          session: { noPacketMs: 60_000 },
        }, { llm });
        gateway.engine.script = wordsIn;
        gateway.voice.script = () => ({ durationMs: 60 });
        const heard = await Promise.all(devices.map((sayings) => converse(gateway, sayings)));
        const said = devices.map((sayings) => sayings.map(textOf));
        assertEquals(heard.map(([, shown]) => shown), said);
        await gateway.until(() => gateway.memory.entries.length === said.flat().length, "the records");
        for (const [index, [sessionId]] of heard.entries()) {
          const kept = gateway.memory.entries.filter((entry) => entry.sessionId === sessionId);
          assertEquals(
            kept.map(({ user, answer }) => [user, answer]),
            said[index]?.map((text) => [text, `You said: ${text}`]),
          );
        }
        assertEquals(
          gateway.voice.asked.map(({ text }) => text).toSorted(),
          said.flat().map((text) => `You said: ${text}`).toSorted(),
        );
        assertEquals(llm.active, 0);
        asked += llm.calls.length;
        canceled += llm.calls.length - said.flat().length;
      },
    ),
    { numRuns: 5, endOnFailure: true },
  );
  // Otherwise nothing was withdrawn, and all of this says nothing.
  assertEquals([asked >= 200, canceled > 20], [true, true], `${asked} requests, ${canceled} of them in vain`);
});
