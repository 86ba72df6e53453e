import { assertEquals } from "@std/assert";
import { EarshotError } from "../../lib/errors/mod.ts";
import { type SpeechEvent, TtsRunner, type TtsRunnerOptions } from "../../lib/tts/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { ScriptedVoice } from "../support/scripted_voice.ts";
import { test } from "../support/test.ts";
import { listen, turn } from "./speaking.ts";

const FIRST_MS = 8_000;
const STALL_MS = 5_000;
const PASSING = new EarshotError("tts.failed", "Cannot speak: not now");
const FINAL = new EarshotError("tts.auth", "Cannot speak: who are you");

/** A runner over a voice whose requests are the test's. */
class Setting {
  readonly clock = new FakeClock();
  readonly events: SpeechEvent[] = [];
  readonly life = new AbortController();
  readonly runner: TtsRunner;

  constructor(readonly voice = new ScriptedVoice(), options: Partial<TtsRunnerOptions> = {}) {
    this.runner = new TtsRunner(voice, {
      clock: this.clock,
      firstSoundTimeoutMs: FIRST_MS,
      stallTimeoutMs: STALL_MS,
      onEvent: (event) => this.events.push(event),
      ...options,
    });
  }

  speak(text = "Hello.", flow?: object) {
    return this.runner.speak({ text, language: "en" }, { signal: this.life.signal, flow });
  }

  get types(): readonly string[] {
    return this.events.map(({ type }) => type);
  }

  /** Nothing waits, nothing is held. */
  assertIdle(): void {
    const { active, waiting } = this.runner.stats;
    assertEquals([active, waiting, this.clock.pending], [0, 0, 0]);
    for (const { signal } of this.voice.requests) assertEquals(signal.aborted, true);
  }
}

test("a sentence gives its sound as it comes, and tells when the first came", async () => {
  const setting = new Setting();
  const speaking = listen(setting.speak());
  await turn();
  const [request] = setting.voice.requests;
  await setting.clock.advance(300);
  request?.sound(40);
  await turn();
  assertEquals(speaking.sounds.length, 1);
  request?.sound(50);
  request?.end();
  await speaking.done;
  assertEquals([speaking.outcome, speaking.sounds.map(({ pcm }) => pcm.length)], ["whole", [40, 50]]);
  assertEquals(setting.events, [{ type: "started", firstSoundMs: 300 }]);
  setting.assertIdle();
});

test("nothing is asked before the first pull", async () => {
  const setting = new Setting();
  const speech = setting.speak();
  await turn();
  assertEquals(setting.voice.requests.length, 0);
  await speech.return();
});

test("no first sound in time, whatever trickles in: tts.timeout, and the request is ended", async () => {
  for (const trickles of [false, true]) {
    const setting = new Setting();
    const speaking = listen(setting.speak());
    await turn();
    for (let second = 0; second < 8; second++) {
      await setting.clock.advance(1_000);
      // A sample or two are no sound.
      if (trickles) setting.voice.requests[0]?.sound(1);
    }
    await setting.clock.advance(100);
    await speaking.done;
    assertEquals([speaking.outcome, speaking.sounds.length], ["tts.timeout", 0]);
    setting.assertIdle();
  }
});

test("a pause of 30 s amid the sound: tts.timeout after the stall deadline, and no second try", async () => {
  const setting = new Setting(new ScriptedVoice(), { retries: 3 });
  const speaking = listen(setting.speak());
  await turn();
  setting.voice.requests[0]?.sound(100);
  await setting.clock.advance(STALL_MS - 100);
  assertEquals(speaking.outcome, undefined);
  await setting.clock.advance(30_000);
  await speaking.done;
  assertEquals([speaking.outcome, speaking.sounds.length, setting.voice.requests.length], [
    "tts.timeout",
    1,
    1,
  ]);
  setting.assertIdle();
});

test("a byte a second amid the sound counts as a pause; a slow voice does not", async () => {
  const outcome = async (soundMs: number) => {
    const setting = new Setting();
    const speaking = listen(setting.speak());
    await turn();
    setting.voice.requests[0]?.sound(100);
    for (let second = 0; second < 30 && speaking.outcome === undefined; second++) {
      await setting.clock.advance(1_000);
      setting.voice.requests[0]?.sound(soundMs);
      await turn();
    }
    setting.voice.requests[0]?.end();
    await speaking.done;
    return speaking.outcome;
  };
  assertEquals(await outcome(1), "tts.timeout");
  assertEquals(await outcome(300), "whole");
});

test("time in which nobody pulls is nobody's fault", async () => {
  const setting = new Setting();
  const speech = setting.speak();
  const first = speech.next();
  await turn();
  setting.voice.requests[0]?.sound(100);
  await first;
  await setting.clock.advance(10 * STALL_MS);
  assertEquals(setting.clock.pending, 0);
  const pulls = setting.voice.requests[0]?.pulls;
  const second = speech.next();
  await turn();
  assertEquals(setting.voice.requests[0]?.pulls, (pulls ?? 0) + 1);
  await setting.clock.advance(STALL_MS - 100);
  setting.voice.requests[0]?.sound(200);
  setting.voice.requests[0]?.end();
  assertEquals((await second).value?.pcm.length, 200);
  assertEquals((await speech.next()).done, true);
  setting.assertIdle();
});

test("a fault before the first sound is tried again, later each time", async () => {
  const setting = new Setting(new ScriptedVoice().fails(PASSING), { retries: 2 });
  const speaking = listen(setting.speak());
  await turn();
  assertEquals(setting.voice.requests.length, 1);
  await setting.clock.advance(100);
  assertEquals(setting.voice.requests.length, 2);
  await setting.clock.advance(199);
  assertEquals(setting.voice.requests.length, 2);
  setting.voice.speaks(50);
  await setting.clock.advance(1);
  await speaking.done;
  assertEquals([speaking.outcome, setting.types], ["whole", ["retried", "retried", "started"]]);
  setting.assertIdle();
});

test("what trying again does not cure, and what has sounded, is tried once", async () => {
  const final = new Setting(new ScriptedVoice().fails(FINAL), { retries: 2 });
  const refused = listen(final.speak());
  await refused.done;
  assertEquals([refused.outcome, final.voice.requests.length], ["tts.auth", 1]);

  const setting = new Setting(new ScriptedVoice(), { retries: 2 });
  setting.voice.onRequest = (request) => {
    request.sound(50);
    request.fail(PASSING);
  };
  const cut = listen(setting.speak());
  await cut.done;
  assertEquals([cut.outcome, cut.sounds.length, setting.voice.requests.length], ["tts.failed", 1, 1]);
  setting.assertIdle();
});

test("a sentence that is given up ends its request: before sound, between tries, amid sound", async () => {
  const setting = new Setting();
  const waiting = listen(setting.speak());
  await turn();
  setting.life.abort();
  await waiting.done;
  assertEquals([waiting.outcome, setting.voice.requests[0]?.signal.aborted], ["canceled", true]);
  const late = listen(setting.speak());
  await late.done;
  assertEquals([late.outcome, setting.voice.requests.length], ["canceled", 1]);
  setting.assertIdle();

  const between = new Setting(new ScriptedVoice().fails(PASSING), { retries: 1 });
  const retrying = listen(between.speak());
  await turn();
  between.life.abort();
  await retrying.done;
  assertEquals([retrying.outcome, between.voice.requests.length], ["canceled", 1]);
  between.assertIdle();

  const amid = new Setting();
  const speaking = listen(amid.speak());
  await turn();
  amid.voice.requests[0]?.sound(100);
  await turn();
  amid.life.abort();
  await speaking.done;
  assertEquals([speaking.outcome, amid.runner.stats.breaker], ["canceled", "closed"]);
  amid.assertIdle();
});

test("leaving the loop between two sounds ends the request", async () => {
  const setting = new Setting();
  setting.voice.onRequest = (request) => request.sound(100);
  for await (const _sound of setting.speak()) break;
  await turn();
  setting.assertIdle();
});

test("the breaker opens after faults in a row, lets one trial through, and a trial that is given up leaves it so", async () => {
  const setting = new Setting(new ScriptedVoice().fails(PASSING), {
    breakerFailures: 2,
    breakerCoolDownMs: 1_000,
  });
  const outcomes = async (count: number) => {
    const all = Array.from({ length: count }, () => listen(setting.speak()));
    await Promise.all(all.map(({ done }) => done));
    return all.map(({ outcome }) => outcome);
  };
  assertEquals(await outcomes(1), ["tts.failed"]);
  assertEquals(await outcomes(1), ["tts.failed"]);
  assertEquals([await outcomes(2), setting.voice.requests.length], [
    ["tts.unavailable", "tts.unavailable"],
    2,
  ]);
  await setting.clock.advance(1_000);
  setting.voice.onRequest = () => {};
  const trial = listen(setting.speak());
  await turn();
  assertEquals(await outcomes(1), ["tts.unavailable"]);
  setting.life.abort();
  await trial.done;
  assertEquals([trial.outcome, setting.runner.stats.breaker], ["canceled", "half_open"]);
  const again = new AbortController();
  setting.voice.speaks(50);
  const good = listen(setting.runner.speak({ text: "Hello.", language: "en" }, { signal: again.signal }));
  await good.done;
  assertEquals([good.outcome, setting.runner.stats.breaker], ["whole", "closed"]);
});

test("no further try begins once the breaker is open", async () => {
  const setting = new Setting(new ScriptedVoice().fails(PASSING), { breakerFailures: 1, retries: 3 });
  const speaking = listen(setting.speak());
  await speaking.done;
  assertEquals([speaking.outcome, setting.voice.requests.length], ["tts.failed", 1]);
  setting.assertIdle();
});

test("beyond maxStreams sentences wait, flows in turn, and the long one after the short ones", async () => {
  const setting = new Setting(new ScriptedVoice(), { maxStreams: 1 });
  const [chatty, quiet] = [{}, {}];
  const all = [
    listen(setting.speak("first", chatty)),
    listen(setting.speak("A long one, the second of the chatty device.", chatty)),
    listen(setting.speak("A long one, the third of the chatty device.", chatty)),
    listen(setting.speak("short", quiet)),
  ];
  await turn();
  assertEquals([setting.voice.texts.length, setting.runner.stats.waiting], [1, 3]);
  for (let index = 0; index < all.length; index++) {
    setting.voice.requests[index]?.sound(50);
    setting.voice.requests[index]?.end();
    await turn();
  }
  await Promise.all(all.map(({ done }) => done));
  assertEquals(setting.voice.texts.map((text) => text.split(" ").slice(0, 5).join(" ")), [
    "first",
    "short",
    "A long one, the second",
    "A long one, the third",
  ]);
  assertEquals(all.map(({ outcome }) => outcome), ["whole", "whole", "whole", "whole"]);
  setting.assertIdle();
});

test("who waits in vain is told tts.busy, who is given up leaves the queue, and a place is never lost", async () => {
  const setting = new Setting(new ScriptedVoice(), { maxStreams: 1 });
  const first = listen(setting.speak());
  await turn();
  setting.voice.requests[0]?.sound(50);
  await turn();
  const gone = new AbortController();
  const late = listen(setting.speak());
  const leaving = listen(setting.runner.speak({ text: "Hello.", language: "en" }, { signal: gone.signal }));
  await turn();
  assertEquals(setting.runner.stats.waiting, 2);
  gone.abort();
  await leaving.done;
  assertEquals([leaving.outcome, setting.runner.stats.waiting], ["canceled", 1]);
  // The one that speaks keeps on: only the one that waits runs out of time.
  for (let at = 0; at <= FIRST_MS; at += 1_000) {
    setting.voice.requests[0]?.sound(1_000);
    await setting.clock.advance(1_000);
  }
  await late.done;
  assertEquals([late.outcome, first.outcome], ["tts.busy", undefined]);
  setting.voice.requests[0]?.end();
  await first.done;
  setting.voice.speaks(50);
  const next = listen(setting.speak());
  await next.done;
  assertEquals([first.outcome, next.outcome, setting.voice.requests.length], ["whole", "whole", 2]);
  setting.assertIdle();
});

test("a voice without sound is a whole sentence of none", async () => {
  const setting = new Setting(new ScriptedVoice().speaks(0));
  const speaking = listen(setting.speak());
  await speaking.done;
  assertEquals([speaking.outcome, speaking.sounds.length, setting.types], ["whole", 0, []]);
  // A few samples are a sound where they are all.
  setting.voice.speaks(3);
  const short = listen(setting.speak());
  await short.done;
  assertEquals(short.sounds.map(({ pcm }) => pcm.length), [3]);
});
