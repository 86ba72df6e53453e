import { assertEquals } from "@std/assert";
import { WakeUps, type WakeVerdict, type Woken } from "../../../lib/session/rooms/wake_ups.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";

const NEVER = new AbortController().signal;
const QUIET = { answers: false, certain: true };
const ANSWERS = { answers: true, certain: true };

/** A room on a clock of the test's own, and what became of each device that was woken there. */
class Woke {
  readonly clock = new FakeClock();
  readonly wakeUps = new WakeUps(this.clock);
  readonly verdicts: Record<string, WakeVerdict & { readonly atMs: number }> = {};
  readonly takenOver: string[] = [];

  device(name: string, levelDb: number | undefined, mayYield = true): Woken {
    const device = {
      levelDb: () => levelDb,
      mayYield: () => mayYield,
      onTakenOver: () => {
        this.takenOver.push(name);
        this.wakeUps.leave(device);
      },
    };
    return device;
  }

  wake(name: string, woken: Woken | number | undefined, { devices = 4, signal = NEVER } = {}): Woken {
    const device = typeof woken === "object" ? woken : this.device(name, woken);
    void this.wakeUps.wake(device, { devices, signal }).then((verdict) => {
      this.verdicts[name] = { ...verdict, atMs: this.clock.nowMs() };
    });
    return device;
  }

  /** Who answers in the end. */
  get answering(): readonly string[] {
    return Object.entries(this.verdicts)
      .flatMap(([name, { answers }]) => answers && !this.takenOver.includes(name) ? [name] : []);
  }
}

test("WakeUps: who is alone answers after 300 ms, and leaves no timer", async () => {
  const room = new Woke();
  room.wake("a", -30);
  await room.clock.advance(299);
  assertEquals(room.verdicts, {});
  await room.clock.advance(1);
  assertEquals(room.verdicts, { a: { ...ANSWERS, atMs: 300 } });
  assertEquals(room.clock.pending, 0);
});

test("WakeUps: once all devices of the room are woken it is decided at once", async () => {
  const room = new Woke();
  room.wake("a", -30, { devices: 2 });
  await room.clock.advance(40);
  room.wake("b", -20, { devices: 2 });
  await settle();
  assertEquals(room.verdicts, { a: { ...QUIET, atMs: 40 }, b: { ...ANSWERS, atMs: 40 } });
  assertEquals(room.clock.pending, 0);
});

test("WakeUps: in every order and at any time within 1.5 s the loudest of three answers in the end, alone", async () => {
  const devices = [["a", -40], ["b", -30], ["c", -20]] as const;
  const orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] as const;
  let random = 1;
  for (let round = 0; round < 300; round++) {
    const room = new Woke();
    for (const index of orders[round % orders.length] ?? []) {
      const [name, levelDb] = devices[index] ?? ["a", 0];
      room.wake(name, levelDb);
      random = (random * 1_103_515_245 + 12_345) & 0x7fffffff;
      await room.clock.advance(random % 750);
    }
    await room.clock.advance(1_500);
    assertEquals(room.answering, ["c"], `round ${round}`);
    assertEquals(Object.keys(room.verdicts).length, 3);
    assertEquals(room.clock.pending, 0);
  }
});

test("WakeUps: a late one that is hardly louder, or comes when somebody speaks to the first one, yields", async () => {
  const room = new Woke();
  room.wake("a", -30);
  await room.clock.advance(500);
  room.wake("b", -28);
  await settle();
  assertEquals(room.answering, ["a"]);
  const busy = new Woke();
  busy.wake("a", busy.device("a", -30, false));
  await busy.clock.advance(500);
  busy.wake("b", -20);
  await settle();
  assertEquals([busy.answering, busy.takenOver], [["a"], []]);
});

test("WakeUps: after 1.5 s it is another wake-up", async () => {
  const room = new Woke();
  room.wake("a", -20);
  await room.clock.advance(1_501);
  room.wake("b", -30);
  await room.clock.advance(300);
  assertEquals(room.answering, ["a", "b"]);
});

test("WakeUps: who sends no sound yields to who does, and is not sure; among such the first answers", async () => {
  const room = new Woke();
  room.wake("a", undefined);
  room.wake("b", -40);
  await room.clock.advance(300);
  assertEquals([room.verdicts["a"]?.certain, room.answering], [false, ["b"]]);
  const mute = new Woke();
  mute.wake("a", undefined);
  mute.wake("b", undefined);
  await mute.clock.advance(300);
  assertEquals([mute.verdicts["b"]?.certain, mute.answering], [false, ["a"]]);
});

test("WakeUps: one that leaves, or gives up, before it is decided leaves it to the others", async () => {
  const room = new Woke();
  const abort = new AbortController();
  const loudest = room.wake("a", -10);
  room.wake("b", -20, { signal: abort.signal });
  room.wake("c", -30);
  room.wakeUps.leave(loudest);
  abort.abort();
  await room.clock.advance(300);
  assertEquals(room.answering, ["c"]);
  room.wakeUps.leave(loudest); // twice
});

test("WakeUps: when the one that answers leaves, the next one answers, be it fainter", async () => {
  const room = new Woke();
  const first = room.wake("a", -20);
  await room.clock.advance(400);
  room.wakeUps.leave(first);
  room.wake("b", -40);
  await room.clock.advance(300);
  assertEquals(room.verdicts["b"]?.answers, true);
});

test("WakeUps: the same device again is not its own rival, before it is decided and after", async () => {
  const room = new Woke();
  const device = room.wake("a", -20);
  room.wake("again", device);
  await room.clock.advance(300);
  room.wake("late", device);
  await settle();
  assertEquals(room.answering, ["again", "late"]);
  assertEquals(room.takenOver, []);
});

test("WakeUps: when all leave, nothing is left", async () => {
  const room = new Woke();
  const device = room.wake("a", -20);
  room.wakeUps.leave(device);
  await settle();
  assertEquals([room.clock.pending, room.answering], [0, []]);
  const aborted = new AbortController();
  aborted.abort();
  room.wake("b", -20, { signal: aborted.signal });
  await room.clock.advance(300);
  assertEquals([room.clock.pending, room.answering], [0, []]);
});
