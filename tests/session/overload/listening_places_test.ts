import { assertEquals } from "@std/assert";
import { ListeningPlaces } from "../../../lib/session/overload/listening_places.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";

const WAITS = { waits: true } as const;
const PRESSES = { waits: false } as const;

function openPlaces(limit: number) {
  const clock = new FakeClock();
  const rig = { limit, clock, given: new Array<string>() };
  const places = new ListeningPlaces({ clock, limit: () => rig.limit });
  const open = (name: string) => places.open(() => rig.given.push(name));
  return Object.assign(rig, { places, open });
}

test("ListeningPlaces: who was refused first is first, and who had a place comes after them", async () => {
  const { places, open, given } = openPlaces(2);
  const [a, b, c, d] = ["a", "b", "c", "d"].map(open);
  assertEquals([a, b, c, d].map((place) => place?.take(WAITS)), [true, true, false, false]);
  assertEquals(places.stats, { held: 2, waiting: 2 });
  a?.giveBack();
  assertEquals(a?.take(WAITS), false, "the free place is another's");
  await settle();
  assertEquals([given, places.stats.held], [["c"], 2]);
  b?.leave();
  c?.leave();
  await settle();
  assertEquals([given, places.stats], [["c", "d", "a"], { held: 2, waiting: 0 }]);
  assertEquals([c?.isHeld(), d?.isHeld()], [false, true]);
});

test("ListeningPlaces: who has one keeps it when there are fewer, and asks as often as it likes", async () => {
  const rig = openPlaces(3);
  const held = ["a", "b", "c"].map(rig.open);
  for (const place of held) place.take(WAITS);
  rig.limit = 1;
  assertEquals(held.map((place) => place.take(WAITS)), [true, true, true]);
  assertEquals(rig.places.contended, true);
  const late = rig.open("late");
  late.take(WAITS);
  late.take(WAITS);
  assertEquals(rig.places.stats, { held: 3, waiting: 1 });
  held[0]?.giveBack();
  held[1]?.giveBack();
  await settle();
  assertEquals(rig.given, []);
  rig.limit = 2;
  rig.places.give();
  await settle();
  assertEquals(rig.given, ["late"]);
});

test("ListeningPlaces: a button that was refused has a place at its next press, but not for ever", async () => {
  const { places, open, clock } = openPlaces(2);
  const [a, b, button, other] = ["a", "b", "button", "other"].map(open);
  a?.take(WAITS);
  b?.take(WAITS);
  assertEquals([button?.take(PRESSES), other?.take(WAITS)], [false, false]);
  assertEquals(button?.take(PRESSES), true, "in the room that is kept for such");
  assertEquals(places.stats, { held: 3, waiting: 1 });
  button?.giveBack();
  await settle();
  assertEquals([button?.take(PRESSES), places.stats.held], [false, 2]);
  await clock.advance(30_000);
  assertEquals(button?.take(PRESSES), false);
});

test("ListeningPlaces: who leaves while it waits is given none; one that throws costs nobody else its place", async () => {
  const clock = new FakeClock();
  let limit = 0;
  const places = new ListeningPlaces({ clock, limit: () => limit });
  const given: string[] = [];
  const open = (name: string) =>
    places.open(() => {
      given.push(name);
      if (name === "bad") throw new Error("the test says so");
    });
  const [gone, bad, good] = ["gone", "bad", "good"].map(open);
  for (const place of [gone, bad, good]) place?.take(WAITS);
  gone?.leave();
  limit = 3;
  places.give();
  await settle();
  assertEquals([given, places.stats], [["bad", "good"], { held: 2, waiting: 0 }]);
});
