import { assert, assertEquals } from "@std/assert";
import type { HandDevice } from "../../support/hand_device.ts";
import { withVoicedDb } from "../../support/levels.ts";
import { noise } from "../../support/noise.ts";
import { FELLOW, JFK, speechClip, speechMissing } from "../../support/speech.ts";
import { test } from "../../support/test.ts";
import { testTransports } from "../../support/test_gateway.ts";
import { inTime, until } from "../../support/until.ts";
import { clips, HZ, inRoom } from "./hearing.ts";
import { Loudspeaker } from "./loudspeaker.ts";
import {
  deviceId,
  greet,
  randomly,
  RecordedVoice,
  RoomGateway,
  roomsOf,
  sleep,
  stream,
} from "./room_gateway.ts";

const options = { ignore: speechMissing() };
const FRAME_MS = 60;
const FRAME_SAMPLES = FRAME_MS * HZ / 1_000;
const ANSWER = options.ignore ? new Int16Array(0) : speechClip(JFK).pcm.subarray(0, 5 * HZ);
/** What a microphone makes of a loudspeaker beside it. */
const ECHO_GAIN = 10 ** (-20 / 20);
/** What is heard of an echo: other words than were said. */
const MISHEARD = "blue horses drink tea";

const framesOf = ({ log }: HandDevice) => log.filter((line) => line === "frame").length;

/** A gateway whose voice takes 5 s for each answer. */
function talkative(rooms: number, transport: "deno" | "ws" = "deno"): RoomGateway {
  const voice = new RecordedVoice({ name: "flite" });
  voice.recording = () => ANSWER;
  return new RoomGateway(roomsOf(rooms, 2), { transport }, { voice });
}

/** One device of a room answers while the other one listens to that, and to `beside` from the first second on. */
async function overhear(
  gateway: RoomGateway,
  room: number,
  { delayMs, beside = new Int16Array(0) }: { readonly delayMs: number; readonly beside?: Int16Array },
): Promise<readonly string[]> {
  using loudspeaker = new Loudspeaker();
  await using listener = await greet(gateway, deviceId(room, 1));
  await using speaker = await greet(gateway, deviceId(room, 0), {
    onFrame: (opus) => loudspeaker.play(opus),
  });
  listener.start("auto");
  await listener.settled();
  listener.log.length = 0;
  speaker.say({ type: "listen", state: "detect", text: `question ${room}` });
  await speaker.until(() => framesOf(speaker) > 0, "the answer");
  const beganMs = performance.now();
  const background = noise(FRAME_SAMPLES, 12);
  let silentFrames = 0;
  for (let index = 0; silentFrames < 1_800 / FRAME_MS; index++) {
    if (speaker.log.at(-1) === "tts stop") silentFrames++;
    const dueMs = beganMs + (index + 1) * FRAME_MS;
    await sleep(dueMs - performance.now());
    const echo = loudspeaker.frameAt(dueMs - FRAME_MS - delayMs);
    const from = index * FRAME_SAMPLES - HZ;
    const heard = background.map((sample, at) =>
      sample + (echo[at] ?? 0) * ECHO_GAIN + (beside[from + at] ?? 0)
    );
    for (const frame of listener.encodeSound(new Int16Array(heard))) listener.send(frame);
  }
  assert(loudspeaker.playedMs >= 5_000, `${loudspeaker.playedMs} ms`);
  await listener.settled();
  if (beside.length > 0) {
    await listener.until(
      () => listener.log.some((line) => line.startsWith("stt")),
      `an answer in room ${room}`,
    );
  }
  return listener.log.filter((line) => line !== "pong");
}

testTransports(
  "an answer of 5 s that another device of the room hears is no question",
  async (transport) => {
    if (options.ignore) return;
    await using gateway = talkative(3, transport);
    gateway.engine.script = () => MISHEARD;
    const random = randomly(1);
    const heard = await Promise.all(
      Array.from({ length: 3 }, (_, room) => overhear(gateway, room, { delayMs: 100 + 200 * random() })),
    );
    for (const log of heard) assertEquals(log.filter((line) => line !== "tts stop"), []);
    assert(gateway.roomCounts.echoes >= 3, JSON.stringify(gateway.roomCounts));
    assertEquals(gateway.memory.entries.filter(({ user }) => user === MISHEARD), []);
  },
);

testTransports("what a person asks another device over that answer is answered", async (transport) => {
  if (options.ignore) return;
  await using gateway = talkative(2, transport);
  gateway.engine.script = () => "what time is it";
  // Those before are part of the answer.
  const others = clips().slice(3, 5);
  const heard = await Promise.all(
    others.map((clip, room) =>
      overhear(gateway, room, { delayMs: 100 + 60 * room, beside: withVoicedDb(clip, -20, HZ) })
    ),
  );
  assertEquals(
    heard.map((log) => log.some((line) => line.startsWith("stt what time is it"))),
    others.map(() => true),
  );
});

test("an echo is known by its words too, in its room and for as long as it can be heard", async () => {
  await using gateway = new RoomGateway(roomsOf(2, 2));
  await using speaker = await greet(gateway, deviceId(0, 0));
  await using listener = await greet(gateway, deviceId(0, 1));
  await using elsewhere = await greet(gateway, deviceId(1, 0));
  listener.start("auto");
  elsewhere.start("auto");
  gateway.llm.script = () => ({ text: "Once upon a time there was a very long story about nothing at all." });
  gateway.engine.script = () => "time there was a very long story";
  speaker.say({ type: "listen", state: "detect", text: "tell me a story" });
  await speaker.until(() => framesOf(speaker) > 10, "the answer");
  listener.log.length = 0;
  listener.speak(600);
  listener.pause(900);
  await listener.until(() => listener.log.includes("tts stop"), "the end of what was heard");
  elsewhere.speak(600);
  elsewhere.pause(900);
  await elsewhere.until(
    () => elsewhere.log.includes("stt time there was a very long story"),
    "a question",
  );
  assertEquals(listener.log.filter((line) => line.startsWith("stt")), []);
  assertEquals(gateway.roomCounts.echoes, 1);
  await speaker.until(() => speaker.log.includes("tts stop"), "the end of the answer");
  await sleep(1_800);
  listener.speak(600);
  listener.pause(900);
  await listener.until(() => listener.log.includes("stt time there was a very long story"), "a question");
});

testTransports(
  "one question that two devices hear, up to 1.5 s apart, is answered once, by the louder one",
  async (transport) => {
    if (options.ignore) return;
    await using gateway = new RoomGateway(roomsOf(4, 2), { transport });
    gateway.engine.script = (pcm) =>
      pcm.some((sample) => Math.abs(sample) > 5_000) ? "turn on the light" : "turning the lied";
    const question = speechClip(FELLOW).pcm;
    const random = randomly(3);
    await Promise.all(Array.from({ length: 4 }, async (_, room) => {
      await using loud = await greet(gateway, deviceId(room, 0));
      await using faint = await greet(gateway, deviceId(room, 1));
      loud.start("auto");
      faint.start("auto");
      const lateMs = room < 2 ? 0 : 1_500 * random();
      const sounds = [[loud, -20], [faint, -30]] as const;
      await Promise.all(sounds.map(async ([device, db], index) => {
        await sleep(index === room % 2 ? 0 : lateMs);
        await stream(device, Int16Array.from([...inRoom(question, db), ...noise(HZ, 12)]));
      }));
      const what = `room ${room}, ${Math.round(lateMs)} ms`;
      await inTime(faint.ended, what); // it may still have been sending
      assertEquals(faint.log.slice(1), ["tts stop"], what);
      await loud.until(() => loud.log.at(-1) === "tts stop" && framesOf(loud) > 0, what);
    }));
    await until(() => gateway.memory.entries.length === 4, "the records");
    assertEquals(gateway.memory.entries.map(({ user }) => user), Array(4).fill("turn on the light"));
    assertEquals(gateway.roomCounts, { yielded: 4, echoes: 0 });
  },
);

test("two people who ask two devices of a room at once are both answered", async () => {
  await using gateway = new RoomGateway(roomsOf(1, 2));
  gateway.engine.script = (_pcm, index) => ["what time is it", "turn on the light"][index] ?? "";
  const [one, other] = clips();
  assert(one !== undefined && other !== undefined);
  await using first = await greet(gateway, deviceId(0, 0));
  await using second = await greet(gateway, deviceId(0, 1));
  for (const device of [first, second]) device.start("auto");
  await Promise.all([
    stream(first, Int16Array.from([...inRoom(one, -20), ...noise(HZ, 12)])),
    stream(second, Int16Array.from([...inRoom(other, -25), ...noise(HZ, 12)])),
  ]);
  for (const device of [first, second]) {
    await device.until(() => device.said.some((line) => line.startsWith("stt")), "an answer");
  }
  assertEquals(gateway.roomCounts.yielded, 0);
}, options);

test(
  "two devices in conversation: what both hear is answered once, and the other one goes on listening",
  async () => {
    await using gateway = new RoomGateway(roomsOf(1, 2));
    gateway.engine.script = (_pcm, index) => `question ${index}`;
    await using first = await greet(gateway, deviceId(0, 0));
    await using second = await greet(gateway, deviceId(0, 1));
    for (const device of [first, second]) {
      device.start("auto");
      device.speak(600);
      device.pause(900);
      await device.until(() => device.log.at(-1) === "tts stop", "an answer");
      await sleep(1_700); // each was woken by itself
    }
    gateway.engine.script = () => "turn on the light";
    for (const device of [first, second]) {
      device.log.length = 0;
      device.start("auto");
    }
    const sound = inRoom(speechClip(FELLOW).pcm, -20);
    await Promise.all([
      stream(first, Int16Array.from([...sound.map((sample) => sample / 4), ...noise(HZ, 12)])),
      stream(second, Int16Array.from([...sound, ...noise(HZ, 12)])),
    ]);
    await second.until(() => second.log.includes("stt turn on the light"), "the answer");
    await first.until(() => first.log.includes("tts stop"), "its stop");
    await first.settled();
    assertEquals(first.log.filter((line) => line !== "pong"), ["tts stop"]);
    assertEquals(gateway.roomCounts.yielded, 1);
  },
  options,
);
