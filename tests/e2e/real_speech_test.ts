import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { SimulatedDevice } from "../../lib/device/mod.ts";
import type { EngineClient } from "../../lib/engine/mod.ts";
import { Scope } from "../../lib/lifecycle/mod.ts";
import { vadConfig } from "../../lib/vad/mod.ts";
import { anyMissing, MOONSHINE_PATHS, SILERO_PATH } from "../support/models.ts";
import { openWarmEngine } from "../support/real_engine.ts";
import { speechClip, speechClips, speechMissing } from "../support/speech.ts";
import { test } from "../support/test.ts";
import { TestGateway } from "../support/test_gateway.ts";
import { wordErrors } from "../support/word_errors.ts";

const options = { ignore: anyMissing(...Object.values(MOONSHINE_PATHS), SILERO_PATH) || speechMissing() };
const NEVER = new AbortController().signal;
const HZ = 16_000;

async function withEngine(use: (engine: EngineClient) => Promise<void>): Promise<void> {
  await using scope = new Scope("engine for a test");
  await use(await openWarmEngine(scope));
}

test("a device speaks in every mode and gets its words", async () => {
  await withEngine(async (engine) => {
    await using gateway = new TestGateway(engine);
    const { pcm, transcript } = speechClip("sb_spk1_snt2.wav");
    for (const mode of ["auto", "manual", "realtime"] as const) {
      await using device = await SimulatedDevice.connect({ url: gateway.url, mode }, NEVER);
      assertEquals(await wordErrors(transcript, (await device.say(pcm)).text), 0, mode);
    }
  });
}, options);

test("one device says several things in one session, and each is its own turn", async () => {
  await withEngine(async (engine) => {
    await using gateway = new TestGateway(engine);
    await using device = await SimulatedDevice.connect({
      url: gateway.url,
      frameVersion: 3,
      frameDurationMs: 20,
    }, NEVER);
    for (const file of ["ps_cards_001.wav", "sb_spk1_snt1.wav", "ps_goforward.wav"]) {
      const { pcm, transcript } = speechClip(file);
      assertLessOrEqual(await wordErrors(transcript, (await device.say(pcm)).text), 1, file);
    }
    assertEquals(gateway.gateway.stats.counters.turnsText, 3);
  });
}, options);

test("silence gets no words and no alert, and the device can speak afterwards", async () => {
  await withEngine(async (engine) => {
    await using gateway = new TestGateway(engine);
    await using device = await SimulatedDevice.connect(
      { url: gateway.url, mode: "manual", paceFactor: 4 },
      NEVER,
    );
    const silence = await device.say(new Int16Array(2 * HZ));
    assertEquals(silence.messages.map(({ message }) => message.type), ["tts"]);
    const { pcm, transcript } = speechClip("ps_cards_003.wav");
    assertEquals(await wordErrors(transcript, (await device.say(pcm)).text), 0);
  });
}, options);

test("clips of 44 s and 60 s, held by a button, come back whole", async () => {
  await withEngine(async (engine) => {
    await using gateway = new TestGateway(engine);
    for (const seconds of [44, 60]) {
      const { pcm, transcript } = joined(seconds);
      const url = gateway.url;
      await using device = await SimulatedDevice.connect({ url, mode: "manual", paceFactor: 6 }, NEVER);
      const { text, endOfSpeechToTextMs } = await device.say(pcm);
      const wrong = await wordErrors(transcript, text);
      assertLessOrEqual(wrong, Math.ceil(transcript.split(" ").length * 0.07), text);
      assert(endOfSpeechToTextMs !== undefined);
    }
  });
}, options);

/** Ends the engine process as an operating system out of memory does. */
function killEngine(engine: EngineClient): void {
  const { pid } = engine.stats;
  assert(pid !== undefined);
  Deno.kill(pid, "SIGKILL");
}

test("the engine killed while it recognises ahead costs nothing: the words come all the same", async () => {
  await withEngine(async (engine) => {
    await using gateway = new TestGateway(engine);
    await using device = await SimulatedDevice.connect(
      { url: gateway.url, mode: "manual", paceFactor: 4 },
      NEVER,
    );
    const { pcm, transcript } = speechClip("libri_1995.wav"); // with half a second of silence after 2.2 s
    const saying = device.say(pcm);
    await gateway.until(() => engine.stats.recognition.running > 0, "a recognition");
    assertEquals(device.state, "listening");
    killEngine(engine);
    assertLessOrEqual(await wordErrors(transcript, (await saying).text), 1);
    assertEquals([gateway.gateway.stats.counters.turnsFailed, engine.stats.restarts], [0, 1]);
  });
}, options);

test("the engine killed while it recognises costs that turn an alert and nothing else", async () => {
  await withEngine(async (engine) => {
    const { endSilenceMs } = vadConfig.parse({});
    await using gateway = new TestGateway(engine, { vad: { pauseMs: endSilenceMs } }); // nothing ahead
    await using device = await SimulatedDevice.connect(
      { url: gateway.url, mode: "manual", paceFactor: 4 },
      NEVER,
    );
    const { pcm, transcript } = speechClip("libri_1995.wav");
    const saying = device.say(pcm);
    await gateway.until(() => engine.stats.recognition.running > 0, "a recognition");
    killEngine(engine);
    const { messages } = await saying;
    assertEquals(messages.map(({ message }) => message.type), ["alert", "tts"]);
    assertEquals(gateway.gateway.stats.counters.turnsFailed, 1);
    await gateway.until(() => engine.stats.warmed, "the engine again");
    assertLessOrEqual(await wordErrors(transcript, (await device.say(pcm)).text), 1);
    assertEquals(engine.stats.restarts, 1);
  });
}, options);

test("the engine killed while somebody speaks costs at most that turn", async () => {
  await withEngine(async (engine) => {
    await using gateway = new TestGateway(engine);
    await using device = await SimulatedDevice.connect({ url: gateway.url }, NEVER);
    const { pcm, transcript } = speechClip("sb_spk1_snt4.wav");
    const saying = device.say(pcm);
    await gateway.until(() => gateway.gateway.stats.counters.turnsStarted > 0, "speech");
    killEngine(engine);
    const { messages } = await saying;
    const last = messages.at(-1)?.message;
    assert(last?.type === "tts" && last.state === "stop");
    await gateway.until(() => engine.stats.warmed, "the engine again");
    assertEquals(await wordErrors(transcript, (await device.say(pcm)).text), 0);
  });
}, options);

/** Clips with half a second between them, until no other one fits. */
function joined(seconds: number): { pcm: Int16Array; transcript: string } {
  const pcm = new Int16Array(seconds * HZ);
  const transcripts: string[] = [];
  let end = 0;
  for (const clip of speechClips()) {
    if (end + clip.pcm.length > pcm.length) continue;
    pcm.set(clip.pcm, end);
    end += clip.pcm.length + HZ / 2;
    transcripts.push(clip.transcript);
  }
  return { pcm: pcm.slice(0, end), transcript: transcripts.join(" ") };
}
