import { assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { type EncodableSound, joinPcm, OpusDecoder } from "../../../lib/audio/mod.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { systemClock } from "../../../lib/lifecycle/mod.ts";
import { musicSource, type ToolEffect, type Track } from "../../../lib/tools/mod.ts";
import { EffectsGateway } from "../../support/effects_gateway.ts";
import { HandDevice } from "../../support/hand_device.ts";
import { tone, voicedDb } from "../../support/levels.ts";
import { waveFile } from "../../support/sound_files.ts";
import { withTempDir } from "../../support/temp_dir.ts";
import { test } from "../../support/test.ts";
import { until } from "../../support/until.ts";

const RATE_HZ = 24_000;

/** A track that tells how far it was read and whether it is closed, and fails after so much. */
function trackOf(
  durationMs: number,
  { amplitude = 8_000, failsAfterMs = Infinity, title = "Yesterday" } = {},
): Track & { readMs: number; closed: number } {
  const track = {
    title,
    readMs: 0,
    closed: 0,
    async *open(): AsyncGenerator<EncodableSound, void> {
      try {
        for (; track.readMs < durationMs; track.readMs += 100) {
          if (track.readMs >= failsAfterMs) {
            throw new EarshotError("tool.music", "Cannot go on: the test says so");
          }
          await Promise.resolve();
          const from = track.readMs * RATE_HZ / 1_000;
          yield {
            pcm: tone(RATE_HZ / 10, { sampleRateHz: RATE_HZ, amplitude, from }),
            sampleRateHz: RATE_HZ,
          };
        }
      } finally {
        track.closed++;
      }
    },
  };
  return track;
}

const play = (track: Track): ToolEffect => ({ type: "play", track });
const type = (device: HandDevice, text: string) => device.say({ type: "listen", state: "detect", text });
const told = ({ log }: HandDevice) => log.filter((line) => line !== "frame" && line !== "hello");
const framesAfter = ({ log }: HandDevice, line: string) => {
  // An alert is shown while what came before it still plays.
  const after = log.slice(log.lastIndexOf(line) + 1).filter((each) => !each.startsWith("alert"));
  const end = after.findIndex((each) => each !== "frame");
  return end < 0 ? after.length : end;
};

test("play: the track comes after the answer, under its title, as loud as speech, and is none of the answer's text", async () => {
  for (const amplitude of [600, 20_000]) {
    const track = trackOf(3_000, { amplitude });
    await using gateway = new EffectsGateway(() => ["Here it is.", play(track)]);
    const decoder = new OpusDecoder({ sampleRateHz: RATE_HZ });
    const sound: Int16Array[] = [];
    await using device = await HandDevice.greet(gateway, {
      onFrame: (opus) =>
        void (device.log.includes("tts sentence_start Yesterday") && sound.push(decoder.decode(opus))),
    });
    type(device, "play something");
    await device.until(() => device.log.includes("tts stop"), "the end");
    decoder.close();
    assertEquals(told(device), [
      "stt play something",
      "llm thinking",
      "tts start",
      "tts sentence_start Here it is.",
      "tts sentence_start Yesterday",
      "tts stop",
    ]);
    assertAlmostEquals(framesAfter(device, "tts sentence_start Yesterday") * 60, 3_000, 200);
    assertAlmostEquals(
      voicedDb(joinPcm(sound).subarray(RATE_HZ / 2), RATE_HZ),
      -18,
      2,
      `amplitude ${amplitude}`,
    );
    await until(() => gateway.memory.entries.length === 1, "the record");
    const [entry] = gateway.memory.entries;
    assertEquals([entry?.answer, entry?.heardChars, entry?.outcome], ["Here it is.", 11, "answered"]);
    assertEquals([gateway.counters.tracksPlayed, track.closed], [1, 1]);
  }
});

test("play: the last one counts, also without a word before it", async () => {
  const [first, second] = [trackOf(500), trackOf(500, { title: "Help" })];
  await using gateway = new EffectsGateway(() => [play(first), play(second)]);
  await using device = await HandDevice.greet(gateway);
  type(device, "play");
  await device.until(() => device.log.includes("tts stop"), "the end");
  assertEquals(told(device).slice(2), ["tts start", "tts sentence_start Help", "tts stop"]);
  assertEquals([first.readMs, second.readMs], [0, 500]);
});

for (const how of ["abort", "wake word", "question", "disconnect"] as const) {
  test(`play: ${how} ends a track in its middle at once, and its file is closed`, async () => {
    const track = trackOf(60_000);
    await using gateway = new EffectsGateway((question) => question === "play" ? [play(track)] : ["Fine."]);
    await using device = await HandDevice.greet(gateway);
    type(device, "play");
    await device.until(() => device.framesMs.length > 20, "music");
    const sentMs = performance.now();
    if (how === "abort") device.say({ type: "abort" });
    else if (how === "wake word") type(device, "你好小智");
    else if (how === "question") type(device, "never mind");
    else device.drop();
    await until(() => track.closed === 1, "the end of the file");
    assertLess(performance.now() - sentMs, 1_000);
    await until(() => gateway.counters.tracksStopped === 1, "the count");
    if (how === "disconnect") return;
    await device.until(() => device.log.includes("tts stop"), "the end");
    if (how === "abort") {
      const late = device.framesMs.filter((atMs) => atMs > sentMs + 60).length;
      await device.settled();
      await new Promise((resolve) => setTimeout(resolve, 300));
      assertEquals(device.framesMs.filter((atMs) => atMs > sentMs + 60).length, late);
      assertEquals([late, device.log.filter((line) => line === "tts stop").length], [0, 1]);
    }
    if (how === "question") {
      await device.until(() => told(device).includes("tts sentence_start Fine."), "the answer");
    }
  });
}

test("play: a file is read only as it plays", async () => {
  const track = trackOf(600_000);
  await using gateway = new EffectsGateway(() => [play(track)]);
  await using device = await HandDevice.greet(gateway);
  type(device, "play");
  await device.until(() => device.framesMs.length > 40, "music");
  const playedMs = device.framesMs.length * 60;
  // 4 s to begin with, 8 stretches of 300 ms and one that is being made, 40 frames that wait.
  assertLess(track.readMs - playedMs, 4_000 + 10 * 300 + 3_000);
  device.say({ type: "abort" });
  await until(() => track.closed === 1, "the end of the file");
});

test("play: a track that fails midway is played so far, told in words, and ends in one tts stop", async () => {
  for (const failsAfterMs of [0, 1_000, 6_000]) {
    const track = trackOf(8_000, { failsAfterMs });
    await using gateway = new EffectsGateway(() => ["Here it is.", play(track)]);
    await using device = await HandDevice.greet(gateway);
    type(device, "play");
    await device.until(() => device.log.includes("tts stop"), "the end");
    if (failsAfterMs > 0) {
      assertAlmostEquals(framesAfter(device, "tts sentence_start Yesterday") * 60, failsAfterMs, 300);
    }
    const words = told(device).slice(4);
    assertEquals(words.filter((line) => line.startsWith("alert")).length, 1);
    assertEquals(words.slice(-2), ["tts sentence_start Something went wrong, please try again", "tts stop"]);
    assertEquals(words.includes("tts sentence_start Yesterday"), failsAfterMs > 0);
    await until(() => gateway.memory.entries.length === 1, "the record");
    assertEquals([gateway.counters.tracksFailed, gateway.memory.entries[0]?.answer], [1, "Here it is."]);
  }
});

test("end: once the answer and the music were played, the session closes as after a goodbye", async () => {
  await using gateway = new EffectsGateway(() => ["Bye.", { type: "end" }, play(trackOf(600))]);
  await using device = await HandDevice.greet(gateway);
  type(device, "goodbye");
  const { code } = await device.ended;
  assertEquals([code, told(device).slice(-3)], [
    1000,
    ["tts sentence_start Bye.", "tts sentence_start Yesterday", "tts stop"],
  ]);
  const isGoodbye = () =>
    gateway.sessionEvents.some((event) => event.type === "closed" && event.end.type === "goodbye");
  await until(isGoodbye, "the end of the session");
});

test("end: an answer that was interrupted ends nothing", async () => {
  await using gateway = new EffectsGateway((question) =>
    question === "bye"
      ? [{ type: "end" }, "Goodbye and thank you for this long conversation today."]
      : ["Yes."]
  );
  await using device = await HandDevice.greet(gateway);
  type(device, "bye");
  await device.until(() => device.framesMs.length > 5, "the goodbye");
  device.say({ type: "abort" });
  await device.until(() => device.log.includes("tts stop"), "its end");
  type(device, "are you there");
  await device.until(() => told(device).includes("tts sentence_start Yes."), "an answer");
});

test("agent: another one answers from the next turn on, until the connection ends; one that is not there changes nothing", async () => {
  await using gateway = new EffectsGateway((question) =>
    question === "kids" || question === "nobody" ? ["Fine.", { type: "agent", agent: question }] : ["Yes."]
  );
  const ask = async (device: HandDevice, question: string) => {
    device.log.length = 0;
    type(device, question);
    await device.until(() => device.log.includes("tts stop"), "an answer");
  };
  {
    await using device = await HandDevice.greet(gateway);
    for (const question of ["hello", "kids", "hello", "nobody", "hello"]) await ask(device, question);
  }
  await using again = await HandDevice.greet(gateway);
  await ask(again, "hello");
  assertEquals(gateway.asked.map(({ agent }) => agent), [
    "default",
    "default",
    "kids",
    "kids",
    "default",
    "default",
  ]);
});

test("agent: a turn that waits for speech in realtime mode is the other agent's too", async () => {
  await using gateway = new EffectsGateway((question) =>
    question === "kids please" ? ["Fine.", { type: "agent", agent: "kids" }] : ["Yes."]
  );
  gateway.engine.script = (_pcm, index) => index === 0 ? "kids please" : "hello there";
  await using device = await HandDevice.open(gateway);
  device.say({ type: "hello", features: { aec: true } });
  await device.hears(["hello"]);
  device.start("realtime");
  for (const answers of [1, 2]) {
    device.speak(600);
    device.pause(300);
    await device.until(
      () => device.log.filter((line) => line === "tts stop").length === answers,
      "an answer",
    );
  }
  assertEquals(gateway.asked.map(({ agent }) => agent), ["default", "kids"]);
});

test("play_music: a file of the folder is heard at the device", async () => {
  await withTempDir(async (folder) => {
    const channel = Float32Array.from(
      { length: 2 * 44_100 },
      (_, at) => 0.3 * Math.sin(at * 2 * Math.PI * 440 / 44_100),
    );
    await Deno.writeFile(`${folder}/小星星.wav`, waveFile({ channels: [channel, channel], rateHz: 44_100 }));
    const music = musicSource({ folder, maxMinutes: 10 }, { clock: systemClock });
    const { effect } = await music.call("play_music", { name: "小星星" }, new AbortController().signal);
    await using gateway = new EffectsGateway(() => effect === undefined ? ["Nothing."] : [effect]);
    await using device = await HandDevice.greet(gateway);
    type(device, "play");
    await device.until(() => device.log.includes("tts stop"), "the end");
    assertAlmostEquals(framesAfter(device, "tts sentence_start 小星星") * 60, 2_000, 130);
    music.close();
  });
});
