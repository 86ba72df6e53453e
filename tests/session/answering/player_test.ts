import { assert, assertEquals } from "@std/assert";
import { Outbox } from "../../../lib/session/answering/outbox.ts";
import { Player } from "../../../lib/session/answering/player.ts";
import { Replies } from "../../../lib/session/answering/replies.ts";
import type { DeviceLink } from "../../../lib/session/mod.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";

const FRAME_MS = 60;
const DEVICE_QUEUE = 40;

/** A device that plays what it gets, after a network that may stall, and says how far it has read where it can. */
class PlayingDevice implements DeviceLink {
  readonly bufferedBytes = 0;
  readonly log: string[] = [];
  /** When each frame was sent. */
  readonly sentMs: number[] = [];
  /** The most frames that its queue held. */
  most = 0;
  /** Frames that had no room. */
  dropped = 0;
  /** How often it had nothing to play while more was to come. */
  gaps = 0;
  #sentBytes = 0;
  #readBytes = 0;
  readonly #clock: FakeClock;
  readonly #tells: boolean;
  #stalledUntilMs = 0;
  #held = 0;
  #playing = false;
  readonly #late: (() => void)[] = [];

  constructor(clock: FakeClock, { tells = true } = {}) {
    this.#clock = clock;
    this.#tells = tells;
  }

  get unreadBytes(): number {
    return this.#sentBytes - this.#readBytes;
  }

  /** Nothing reaches it for so long. */
  stall(ms: number): void {
    this.#stalledUntilMs = this.#clock.nowMs() + ms;
    this.#clock.schedule(ms, () => {
      for (const arrive of this.#late.splice(0)) arrive();
    });
  }

  send(data: string | Uint8Array<ArrayBuffer>): boolean {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data).length : data.length;
    this.#sentBytes += bytes;
    if (typeof data !== "string") this.sentMs.push(this.#clock.nowMs());
    this.#reach(() => {
      if (!this.#tells) this.#readBytes += bytes;
      if (typeof data !== "string") return this.#frame();
      const { type, state, text } = JSON.parse(data);
      this.log.push([type, state, text].filter((word) => word !== undefined).join(" "));
      if (state === "stop") this.#held = 0;
    });
    return true;
  }

  askRead(): void {
    const sent = this.#sentBytes;
    if (this.#tells) this.#reach(() => this.#readBytes = sent);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  destroy(): void {}

  #reach(arrive: () => void): void {
    if (this.#clock.nowMs() < this.#stalledUntilMs) this.#late.push(arrive);
    else arrive();
  }

  #frame(): void {
    if (this.#held >= DEVICE_QUEUE) this.dropped++;
    else this.#held++;
    this.most = Math.max(this.most, this.#held);
    this.log.push("frame");
    if (this.#playing) return;
    this.#playing = true;
    this.#play();
  }

  #play(): void {
    if (this.#held === 0) {
      this.#playing = false;
      this.gaps++;
      return;
    }
    this.#held--;
    this.#clock.schedule(FRAME_MS, () => this.#play());
  }
}

function openPlayer({ tells = true } = {}) {
  const clock = new FakeClock();
  const device = new PlayingDevice(clock, { tells });
  const link: DeviceLink = tells ? device : {
    bufferedBytes: 0,
    send: (data) => device.send(data),
    close: () => device.close(),
    destroy: () => {},
  };
  const outbox = new Outbox({
    link,
    sessionId: "s1",
    clock,
    maxBytes: 262_144,
    slowReaderMs: 10_000,
    onDropped: () => {},
    onSlowReader: () => {},
  });
  const replies = new Replies({ outbox, alertLanguage: () => "en" });
  const turn = new AbortController();
  let started = 0;
  const player = new Player({
    clock,
    outbox,
    replies,
    frameVersion: 1,
    frameMs: FRAME_MS,
    signal: turn.signal,
    onStarted: () => started++,
  });
  return { clock, device, player, turn, started: () => started, [Symbol.dispose]: () => outbox.close() };
}

const PACKET = new Uint8Array(120).fill(7);

/** Gives the player frames as soon as it has room. */
async function feed(player: Player, frames: number): Promise<void> {
  for (let frame = 0; frame < frames; frame++) {
    await player.room();
    player.frame(PACKET);
  }
}

test("an answer: tts start with the first frame, each piece with its first, tts stop once it was played", async () => {
  using setup = openPlayer();
  const { clock, device, player, started } = setup;
  player.open();
  assertEquals(device.log, []);
  player.piece({ text: "One.", emotion: "happy" });
  await feed(player, 3);
  player.piece({ text: "Two." });
  await feed(player, 2);
  let finished = false;
  player.finish().then(() => finished = true);
  assertEquals(device.log, [
    "tts start",
    "llm",
    "tts sentence_start One.",
    "frame",
    "frame",
    "frame",
    "tts sentence_start Two.",
    "frame",
    "frame",
  ]);
  await clock.advance(4 * FRAME_MS);
  assertEquals(finished, false);
  await clock.advance(2 * FRAME_MS);
  assertEquals([finished, device.log.at(-1), started()], [true, "tts stop", 1]);
  assertEquals(clock.pending, 0);
});

test("the lead begins with 5 frames, grows to 20, and the device never runs empty", async () => {
  using setup = openPlayer();
  const { clock, device, player } = setup;
  player.open();
  player.piece({ text: "Long." });
  const fed = feed(player, 200).then(() => player.finish());
  await clock.advance(0);
  assertEquals(device.sentMs.length, 5);
  await clock.advance(6_000);
  assertEquals([device.most <= 20, device.most > 15, device.dropped, device.gaps], [true, true, 0, 0]);
  await clock.advance(8_000);
  await fed;
  assertEquals([device.sentMs.length, device.gaps, device.log.at(-1)], [200, 1, "tts stop"]);
});

for (const stallMs of [300, 1_000, 3_000, 8_000]) {
  test(`a network that stalls for ${stallMs} ms loses no frame`, async () => {
    using setup = openPlayer();
    const { clock, device, player } = setup;
    player.open();
    player.piece({ text: "Long." });
    const fed = feed(player, 300).then(() => player.finish());
    await clock.advance(5_000);
    device.stall(stallMs);
    await clock.advance(stallMs + 20_000);
    await fed;
    assertEquals([device.sentMs.length, device.dropped, device.most <= DEVICE_QUEUE], [300, 0, true]);
    assertEquals(device.log.at(-1), "tts stop");
  });
}

test("a socket that cannot tell what was read is paced by the clock alone", async () => {
  using setup = openPlayer({ tells: false });
  const { clock, device, player } = setup;
  player.open();
  player.piece({ text: "Long." });
  const fed = feed(player, 100).then(() => player.finish());
  await clock.advance(8_000);
  await fed;
  assertEquals([device.sentMs.length, device.most <= 20, device.gaps], [100, true, 1]);
});

test("an abort stops at once: no frame, no message after tts stop, nothing left", async () => {
  using setup = openPlayer();
  const { clock, device, player, turn } = setup;
  player.open();
  player.piece({ text: "One." });
  const fed = feed(player, 100).then(() => player.finish());
  await clock.advance(1_000);
  turn.abort();
  const sent = device.sentMs.length;
  await fed;
  player.frame(PACKET);
  player.open();
  await clock.advance(5_000);
  assertEquals([
    device.sentMs.length,
    device.log.at(-1),
    device.log.filter((line) => line === "tts stop").length,
  ], [
    sent,
    "tts stop",
    1,
  ]);
});

test("an abort before the first frame says nothing", async () => {
  using setup = openPlayer();
  const { clock, device, player, turn } = setup;
  player.piece({ text: "One." });
  player.frame(PACKET);
  turn.abort();
  await player.finish();
  await clock.advance(1_000);
  assertEquals([device.log, player.started], [[], false]);
});

test("what was heard is what was sent less what the device still holds", async () => {
  using setup = openPlayer();
  const { clock, player } = setup;
  player.open();
  player.piece({ text: "One." });
  await feed(player, 4);
  player.piece({ text: "Two." });
  await feed(player, 30);
  await clock.advance(10 * FRAME_MS);
  const heard = player.heard();
  assertEquals(heard.map(({ frames, whole }) => [frames, whole]), [[4, true], [6, false]]);
  const all = player.finish();
  await clock.advance(60 * FRAME_MS);
  await all;
  assertEquals(player.heard().map(({ frames, whole }) => [frames, whole]), [[4, true], [30, true]]);
});

test("a hold silences the device, and what it had not played is played afterward", async () => {
  using setup = openPlayer();
  const { clock, device, player } = setup;
  player.open();
  player.piece({ text: "One." });
  const fed = feed(player, 50).then(() => player.finish());
  await clock.advance(20 * FRAME_MS);
  const sent = device.sentMs.length;
  assert(sent > 25);
  player.hold();
  assertEquals(device.log.at(-1), "tts stop");
  await clock.advance(2_000);
  assertEquals(device.sentMs.length, sent);
  player.open();
  await clock.advance(40 * FRAME_MS);
  await fed;
  // Twenty were played before, and thirty after.
  assertEquals(device.sentMs.length - sent, 30);
  assertEquals(device.log.filter((line) => line.startsWith("tts sentence")).length, 1);
});

test("an answer held before the device has played any of it has begun nevertheless, and begins once", async () => {
  using setup = openPlayer();
  const { clock, device, player, started } = setup;
  player.open();
  player.piece({ text: "One." });
  await feed(player, 10);
  player.hold();
  assertEquals([player.started, player.heard().map(({ frames }) => frames)], [true, [0]]);
  const sent = device.sentMs.length;
  player.open();
  const all = player.finish();
  await clock.advance(20 * FRAME_MS);
  await all;
  assertEquals([device.sentMs.length - sent, started()], [10, 1]);
});

test("pieces without sound are shown with the next one, or at the end", async () => {
  using setup = openPlayer();
  const { clock, device, player } = setup;
  player.open();
  player.piece({ text: "code" });
  player.piece({ text: "One." });
  await feed(player, 1);
  player.piece({ text: "more code" });
  const all = player.finish();
  await clock.advance(500);
  await all;
  assertEquals(device.log.filter((line) => line.startsWith("tts")), [
    "tts start",
    "tts sentence_start code",
    "tts sentence_start One.",
    "tts sentence_start more code",
    "tts stop",
  ]);
});

test("no more than 40 frames wait here, and no more than 38 may have to be held by the device", async () => {
  using setup = openPlayer();
  const { clock, device, player, turn } = setup;
  player.piece({ text: "Long." });
  let fed = 0;
  const feeding = (async () => {
    for (; fed < 200 && !turn.signal.aborted; fed++) {
      await player.room();
      player.frame(PACKET);
    }
  })();
  await clock.advance(1_000);
  // Nothing is sent yet, and the next frame is held back.
  assertEquals([fed, device.sentMs.length], [40, 0]);
  player.open();
  await clock.advance(1_200);
  device.stall(60_000);
  await clock.advance(20_000);
  // Whatever comes late, all of it finds room.
  const stuck = device.sentMs.length;
  await clock.advance(20_000);
  assertEquals([device.sentMs.length, fed], [stuck, stuck + 40]);
  await clock.advance(21_000);
  assertEquals(device.dropped, 0);
  assert(device.most <= 38, `${device.most} held`);
  turn.abort();
  await feeding;
});
