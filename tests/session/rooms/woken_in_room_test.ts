import { assert, assertEquals } from "@std/assert";
import type { HandDevice } from "../../support/hand_device.ts";
import { SHORT, speechClip, speechMissing } from "../../support/speech.ts";
import { test } from "../../support/test.ts";
import { testTransports } from "../../support/test_gateway.ts";
import { inTime } from "../../support/until.ts";
import { inRoom } from "./hearing.ts";
import { deviceId, greet, randomly, RoomGateway, roomsOf, sleep, wake, wakeBy } from "./room_gateway.ts";

const options = { ignore: speechMissing() };
const WAKE_WORD = options.ignore ? new Int16Array(0) : speechClip(SHORT).pcm;
const GREETING = "tts sentence_start Hello, I am listening.";

/** Wakes the devices of a room at their times; gives the one that answers once all others are idle. */
async function wakeAll(
  gateway: RoomGateway,
  room: number,
  levels: readonly { readonly db: number; readonly atMs: number }[],
  begin?: () => Promise<void>,
): Promise<void> {
  const loudest = levels.findIndex(({ db }) => db === Math.max(...levels.map(({ db }) => db)));
  const devices = await Promise.all(levels.map((_, index) => greet(gateway, deviceId(room, index))));
  try {
    const sounds = devices.map((device, index) =>
      device.encodeSound(inRoom(WAKE_WORD, levels[index]?.db ?? 0))
    );
    await begin?.();
    await Promise.all(devices.map(async (device, index) => {
      await sleep(levels[index]?.atMs ?? 0);
      device.log.length = 0;
      wakeBy(device, sounds[index] ?? []);
    }));
    const what = JSON.stringify([room, levels]);
    for (const [index, device] of devices.entries()) {
      if (index === loudest) continue;
      const { code, reason } = await inTime(device.ended, `device ${index} of ${what}`);
      assertEquals([code, reason], [1000, "yielded"], what);
      assertEquals(device.log.at(-1), "tts stop", what);
      assertEquals(device.log.filter((line) => line === "tts stop").length, 1, what);
    }
    const [answering] = devices.slice(loudest);
    assert(answering !== undefined);
    await answering.until(() => answering.log.at(-1) === "tts stop", `the greeting of ${what}`);
    assertEquals(told(answering), ["stt Hi, ESP!", "tts start", GREETING, "tts stop"], what);
    assert(framesOf(answering) > 10, what);
    // Of those that came at once nobody else has said a word.
    const firstMs = Math.min(...levels.map(({ atMs }) => atMs));
    if (levels.every(({ atMs }) => atMs - firstMs < 100)) {
      assertEquals(devices.filter((device) => framesOf(device) > 0).length, 1, what);
    }
  } finally {
    for (const device of devices) await device[Symbol.asyncDispose]();
  }
}

/** Resolves for each caller once all of them have come: encoding for one room must not delay another one. */
function allReady(callers: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  return () => {
    if (--callers === 0) resolve();
    return promise;
  };
}

const told = ({ log }: HandDevice) => log.filter((line) => line !== "frame");
const framesOf = ({ log }: HandDevice) => log.filter((line) => line === "frame").length;

for (const devices of [2, 3]) {
  testTransports(
    `of ${devices} devices that one wake word wakes within 1.5 s the loudest answers, in any order, and the others are idle`,
    async (transport) => {
      if (options.ignore) return;
      await using gateway = new RoomGateway(roomsOf(12, devices), { transport });
      const random = randomly(devices);
      const ready = allReady(12);
      await Promise.all(Array.from({ length: 12 }, (_, room) => {
        const loudest = room % devices;
        const levels = Array.from({ length: devices }, (_, index) => ({
          db: -20 - 10 * ((index + devices - loudest) % devices),
          // In the first rooms all come at once.
          atMs: room < 4 ? index * 20 : Math.round(1_400 * random()),
        }));
        return wakeAll(gateway, room, levels, ready);
      }));
      assertEquals(gateway.roomCounts.yielded, 12 * (devices - 1));
      assertEquals([gateway.memory.entries.length, gateway.llm.calls.length], [0, 0]);
    },
  );
}

testTransports(
  "a device that drops while it is decided leaves the wake-up to the other one",
  async (transport) => {
    if (options.ignore) return;
    await using gateway = new RoomGateway(roomsOf(1, 3), { transport });
    await using loud = await greet(gateway, deviceId(0, 0));
    await using faint = await greet(gateway, deviceId(0, 1));
    wake(loud, WAKE_WORD, -20);
    wake(faint, WAKE_WORD, -30);
    await loud.settled();
    loud.drop();
    await faint.until(() => faint.log.at(-1) === "tts stop", "the greeting");
    assertEquals(told(faint).includes(GREETING), true);
    assertEquals(gateway.roomCounts.yielded, 0);
  },
);

test(
  "devices of other rooms, without a room, and alone in theirs are greeted as if nobody else was there",
  async () => {
    const rooms = { ...roomsOf(2, 2), [deviceId(7, 0)]: "attic" };
    await using gateway = new RoomGateway(rooms);
    const ids = [deviceId(0, 0), deviceId(1, 0), deviceId(7, 0), deviceId(9, 0)];
    await Promise.all(ids.map(async (id) => {
      await using device = await greet(gateway, id);
      wake(device, WAKE_WORD, -20);
      await device.until(() => device.log.at(-1) === "tts stop", `the greeting of ${id}`);
      assertEquals(told(device).slice(1), ["stt Hi, ESP!", "tts start", GREETING, "tts stop"]);
    }));
    assertEquals(gateway.roomCounts, { yielded: 0, echoes: 0 });
  },
  options,
);

test(
  "a room is one however it is written, and who wakes another device after 1.5 s is greeted there",
  async () => {
    await using gateway = new RoomGateway({ [deviceId(0, 0)]: "Kitchen", [deviceId(0, 1)]: "kitchen" });
    await wakeAll(gateway, 0, [{ db: -30, atMs: 0 }, { db: -20, atMs: 30 }]);
    await sleep(1_500);
    await using device = await greet(gateway, deviceId(0, 0));
    wake(device, WAKE_WORD, -40);
    await device.until(() => device.log.at(-1) === "tts stop", "the greeting");
    assertEquals(told(device).includes(GREETING), true);
    assertEquals(gateway.roomCounts.yielded, 1);
  },
  options,
);

test(
  "a device without the sound of its wake word is not greeted beside one with it, but is still listened to",
  async () => {
    await using gateway = new RoomGateway(roomsOf(1, 2));
    await using silent = await greet(gateway, deviceId(0, 0));
    await using loud = await greet(gateway, deviceId(0, 1));
    silent.log.length = 0;
    silent.say({ type: "listen", state: "detect", text: "Hi, ESP!" });
    silent.start("auto");
    wake(loud, WAKE_WORD, -30);
    await loud.until(() => loud.log.at(-1) === "tts stop", "the greeting");
    await silent.settled();
    assertEquals(told(silent).filter((line) => line !== "pong"), ["tts stop"]);
    silent.speak(600);
    silent.pause(900);
    await silent.until(() => silent.log.includes("stt segment 0"), "an answer");
  },
  options,
);

test("a device in conversation that its wake word interrupts yields to one that was meant", async () => {
  await using gateway = new RoomGateway(roomsOf(1, 2));
  await using far = await greet(gateway, deviceId(0, 0));
  wake(far, WAKE_WORD, -20);
  await far.until(() => far.log.at(-1) === "tts stop", "the greeting");
  far.start("auto");
  await sleep(1_600);
  await using near = await greet(gateway, deviceId(0, 1));
  near.log.length = 0;
  for (const frame of far.encodeSound(WAKE_WORD.map((sample) => sample / 30))) far.send(frame);
  far.say({ type: "abort", reason: "wake_word_detected" });
  far.start("auto");
  wake(near, WAKE_WORD, -20);
  assertEquals((await inTime(far.ended, "the far one")).reason, "yielded");
  await near.until(() => near.log.at(-1) === "tts stop", "the greeting");
  assertEquals(told(near).includes(GREETING), true);
}, options);

test("whatever a device does while it is decided, its turn ends and nothing is left", async () => {
  for (const does of ["abort", "typed", "detect", "stop", "drop"] as const) {
    await using gateway = new RoomGateway(roomsOf(1, 2));
    await using device = await greet(gateway, deviceId(0, 0));
    device.log.length = 0;
    wake(device, WAKE_WORD, -20);
    await device.settled();
    if (does === "abort") device.say({ type: "abort" });
    if (does === "typed") device.say({ type: "listen", state: "detect", text: "what time is it" });
    if (does === "detect") device.say({ type: "listen", state: "detect", text: "Hi, ESP!" });
    if (does === "stop") device.stop();
    if (does === "drop") device.drop();
    else await device.until(() => device.log.at(-1) === "tts stop", does);
    assertEquals(gateway.roomCounts.yielded, 0, does);
  }
}, options);
