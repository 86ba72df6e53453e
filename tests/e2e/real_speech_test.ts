import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { SimulatedDevice } from "../../lib/device/mod.ts";
import { EXIT } from "../../lib/errors/mod.ts";
import { vadConfig } from "../../lib/vad/mod.ts";
import { ServedGateway, withConfig } from "../support/served_gateway.ts";
import { weightsMissing } from "../support/models.ts";
import { ASK, ASK_NOT, COUNTRY, FELLOW, speechClip, speechClips, speechMissing } from "../support/speech.ts";
import { test } from "../support/test.ts";
import { wordErrors } from "../support/word_errors.ts";

const options = { ignore: weightsMissing || speechMissing() };
const NEVER = new AbortController().signal;
const HZ = 16_000;

/** A gateway in a process of its own with the embedded ear, warm; what it left behind is checked. */
async function withGateway(
  use: (gateway: ServedGateway, url: URL) => Promise<void>,
  config = "",
): Promise<void> {
  await withConfig(async (path) => {
    await using gateway = new ServedGateway(path);
    await use(gateway, new URL(await gateway.warm()));
    const { code, last } = await gateway.end("SIGTERM");
    assertEquals([code, last["failed"], last["timedOut"]], [EXIT.ok, [], []]);
  }, config);
}

test("a device speaks in every mode and gets its words", async () => {
  await withGateway(async (_gateway, url) => {
    const { pcm, transcript } = speechClip(COUNTRY);
    await Promise.all((["auto", "manual", "realtime"] as const).map(async (mode) => {
      await using device = await SimulatedDevice.connect({ url, mode }, NEVER);
      assertEquals(wordErrors(transcript, (await device.say(pcm)).text), 0, mode);
    }));
  });
}, options);

test("one device says several things in one session, and each is its own turn", async () => {
  await withGateway(async (gateway, url) => {
    await using device = await SimulatedDevice.connect({
      url,
      frameVersion: 3,
      frameDurationMs: 20,
    }, NEVER);
    for (const file of [FELLOW, COUNTRY, ASK]) {
      const { pcm, transcript } = speechClip(file);
      assertLessOrEqual(wordErrors(transcript, (await device.say(pcm)).text), 1, file);
    }
    assertEquals((await gateway.health()).counters.turnsText, 3);
  });
}, options);

test("silence gets no words and no alert, and the device can speak afterward", async () => {
  await withGateway(async (_gateway, url) => {
    await using device = await SimulatedDevice.connect(
      { url, mode: "manual", paceFactor: 4 },
      NEVER,
    );
    const silence = await device.say(new Int16Array(2 * HZ));
    assertEquals(silence.messages.map(({ message }) => message.type), ["tts"]);
    const { pcm, transcript } = speechClip(COUNTRY);
    assertEquals(wordErrors(transcript, (await device.say(pcm)).text), 0);
  });
}, options);

test("clips of 44 s and 60 s, held by a button, come back whole", async () => {
  await withGateway(async (_gateway, url) => {
    await Promise.all([44, 60].map(async (seconds) => {
      const { pcm, transcript } = joined(seconds);
      await using device = await SimulatedDevice.connect({ url, mode: "manual", paceFactor: 6 }, NEVER);
      const { text, endOfSpeechToTextMs } = await device.say(pcm);
      const wrong = wordErrors(transcript, text);
      assertLessOrEqual(wrong, Math.ceil(transcript.split(" ").length * 0.07), text);
      assert(endOfSpeechToTextMs !== undefined);
    }));
  });
}, options);

test("the engine killed while it recognizes ahead costs nothing: the words come all the same", async () => {
  await withGateway(async (gateway, url) => {
    await using device = await SimulatedDevice.connect(
      { url, mode: "manual", paceFactor: 2 },
      NEVER,
    );
    const { pcm, transcript } = speechClip(ASK_NOT); // with a second of silence after 1.3 s
    // Recognition ahead takes a tenth of a second; on a machine with other work it may be over before it is seen.
    for (let round = 1;; round++) {
      const before = await gateway.health();
      const saying = device.say(pcm);
      await gateway.recognizing();
      await gateway.killEngine();
      const ahead = device.state === "listening";
      const { text } = await saying;
      const { counters, engine } = await gateway.health();
      assertEquals(engine.restarts, round);
      if (ahead) {
        assertLessOrEqual(wordErrors(transcript, text), 1);
        assertEquals(counters.turnsFailed, before.counters.turnsFailed);
        return;
      }
      assert(round < 4, "the engine never recognized ahead while it was looked at");
      await gateway.until(({ engine }) => engine.warmed, "the engine again");
    }
  });
}, options);

test("the engine killed while it recognizes costs that turn an alert and nothing else", async () => {
  const { endSilenceMs } = vadConfig.parse({});
  await withGateway(async (gateway, url) => {
    await using device = await SimulatedDevice.connect(
      { url, mode: "manual", paceFactor: 4 },
      NEVER,
    );
    const { pcm, transcript } = speechClip(ASK_NOT);
    const saying = device.say(pcm);
    await gateway.recognizing();
    await gateway.killEngine();
    const { messages } = await saying;
    assertEquals(messages.map(({ message }) => message.type), ["alert", "tts"]);
    assertEquals((await gateway.health()).counters.turnsFailed, 1);
    await gateway.until(({ engine }) => engine.warmed, "the engine again");
    assertLessOrEqual(wordErrors(transcript, (await device.say(pcm)).text), 1);
    assertEquals((await gateway.health()).engine.restarts, 1);
  }, `vad:\n  pauseMs: ${endSilenceMs}\n`); // nothing is recognized ahead
}, options);

test("the engine killed while somebody speaks costs at most that turn", async () => {
  await withGateway(async (gateway, url) => {
    await using device = await SimulatedDevice.connect({ url }, NEVER);
    const { pcm, transcript } = speechClip(COUNTRY);
    const saying = device.say(pcm);
    await gateway.busy();
    await gateway.killEngine();
    const { messages } = await saying;
    const last = messages.at(-1)?.message;
    assert(last?.type === "tts" && last.state === "stop");
    await gateway.until(({ engine }) => engine.warmed, "the engine again");
    assertEquals(wordErrors(transcript, (await device.say(pcm)).text), 0);
  });
}, options);

/** Clips with half a second between them, until no other one fits. */
function joined(seconds: number): { pcm: Int16Array; transcript: string } {
  const pcm = new Int16Array(seconds * HZ);
  const transcripts: string[] = [];
  let end = 0;
  const clips = speechClips();
  for (const clip of [...clips, ...clips, ...clips]) {
    if (end + clip.pcm.length > pcm.length) continue;
    pcm.set(clip.pcm, end);
    end += clip.pcm.length + HZ / 2;
    transcripts.push(clip.transcript);
  }
  return { pcm: pcm.slice(0, end), transcript: transcripts.join(" ") };
}
