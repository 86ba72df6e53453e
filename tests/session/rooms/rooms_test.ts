import { assertEquals } from "@std/assert";
import { SpokenWords } from "../../../lib/session/answering/spoken_words.ts";
import { HeardSound } from "../../../lib/session/answering/heard_sound.ts";
import { RoomSeat } from "../../../lib/session/rooms/room_seat.ts";
import { Rooms } from "../../../lib/session/rooms/rooms.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";

/** Rooms whose config a test changes, and devices that say and hear what it says. */
class House {
  readonly clock = new FakeClock();
  readonly config = new Map<string, { readonly name: string; readonly devices: number }>();
  full = 0;
  readonly rooms = new Rooms({
    clock: this.clock,
    roomOf: (deviceId) => this.config.get(deviceId),
    onFull: () => this.full++,
  });

  seat(deviceId: string | undefined, { listens = true, speaks = false } = {}): RoomSeat {
    const seat = new RoomSeat({
      clock: this.clock,
      rooms: this.rooms,
      deviceId,
      listens: () => listens,
      isSpeaking: () => speaks,
      hasSaid: () => speaks,
      mayYield: () => true,
      onTakenOver: () => {},
    });
    seat.renew();
    return seat;
  }

  put(name: string, ...deviceIds: readonly string[]): void {
    for (const id of deviceIds) this.config.set(id, { name, devices: deviceIds.length });
  }
}

const HEARD = { sound: new HeardSound(), text: "words", fromMs: 0, throughMs: 1 };

test("Rooms: without a name, without a room and alone in one a device is in none, and holds nothing", () => {
  const house = new House();
  house.put("attic", "b");
  for (const id of [undefined, "a", "b"]) {
    const seat = house.seat(id);
    seat.heard({ receivedMs: 0, durationMs: 60, opus: new Uint8Array(1) });
    assertEquals([seat.isShared, seat.othersListen, seat.othersHaveSaid(HEARD)], [false, false, false]);
    assertEquals(seat.wake(new AbortController().signal), undefined);
    seat.close();
  }
  assertEquals(house.rooms.size, 0);
});

test("Rooms: devices of one room know each other, until they leave; nothing of them is left", () => {
  const house = new House();
  house.put("kitchen", "a", "b");
  house.put("hall", "c", "d");
  const [a, b, c] = [house.seat("a"), house.seat("b", { listens: false, speaks: true }), house.seat("c")];
  assertEquals([a.othersListen, b.othersListen, c.othersListen], [false, true, false]);
  assertEquals([a, b, c].map((seat) => seat.othersHaveSaid(HEARD)), [true, false, false]);
  assertEquals([a, b, c].map((seat) => seat.othersSpeak(0, 1)), [true, false, false]);
  assertEquals(house.rooms.size, 2);
  b.close();
  b.close();
  assertEquals(a.othersHaveSaid(HEARD), false);
  a.close();
  c.close();
  assertEquals(house.rooms.size, 0);
  a.renew();
  assertEquals([a.isShared, house.rooms.size], [false, 0]);
});

test("Rooms: a device that the config moves is in its other room from its next turn on", () => {
  const house = new House();
  house.put("kitchen", "a", "b");
  const [a, b] = [house.seat("a"), house.seat("b", { speaks: true })];
  house.config.delete("a");
  assertEquals(a.othersSpeak(0, 1), true);
  a.renew();
  assertEquals([a.isShared, a.othersSpeak(0, 1), b.othersListen], [false, false, false]);
  house.put("hall", "a", "b");
  a.renew();
  b.renew();
  assertEquals([a.othersSpeak(0, 1), b.othersListen, house.rooms.size], [true, true, 1]);
});

test("Rooms: of 200 devices in a room 64 count, and one more as soon as one has left", () => {
  const house = new House();
  const ids = Array.from({ length: 200 }, (_, index) => `${index}`);
  house.put("hall", ...ids);
  const seats = ids.map((id) => house.seat(id));
  assertEquals([seats.filter(({ isShared }) => isShared).length, house.full], [64, 136]);
  seats[0]?.close();
  seats[100]?.renew();
  assertEquals([seats[100]?.isShared, seats[101]?.isShared], [true, false]);
});

test("SpokenWords: what can be heard at a time, until 1 s after it, and nothing that began before the device spoke", () => {
  const words = new SpokenWords();
  assertEquals(words.isHeard(0, 1e9), false);
  words.piece("one");
  words.frame(1_000, 60);
  words.frame(1_060, 60);
  words.piece("two");
  words.frame(1_120, 60);
  assertEquals(words.textAt(1_000, 1_050), "one");
  assertEquals(words.textAt(1_100, 1_200), "one two");
  assertEquals(words.textAt(2_150, 3_000), "two");
  assertEquals([words.textAt(2_181, 3_000), words.isHeard(2_181, 3_000)], ["", false]);
  assertEquals([words.textAt(600, 1_200), words.isHeard(600, 1_200)], ["", true]);
  words.stop(1_130);
  words.frame(5_000, 60); // goes on after it was silenced
  assertEquals([words.textAt(2_131, 3_000), words.textAt(5_000, 5_010)], ["", "two"]);
  for (let index = 0; index < 1_000; index++) {
    words.piece("three");
    words.frame(6_000 + index * 60, 60);
  }
  assertEquals(words.textAt(0, 60_000), "");
  assertEquals(words.textAt(66_000, 1e9).split(" ").length <= 64, true);
});
