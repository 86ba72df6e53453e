import { assert, assertEquals } from "@std/assert";
import type { HeardSound } from "../../../lib/session/answering/heard_sound.ts";
import {
  type RoomUtterance,
  type UtteranceOptions,
  Utterances,
  type UtteranceVerdict,
} from "../../../lib/session/rooms/utterances.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";
import { clips, hear, inRoom } from "./hearing.ts";

const NEVER = new AbortController().signal;
const [first] = clips();
// Of another speaker.
const second = clips().at(-1);

/** A room on a clock of the test's own. */
class Spoken {
  readonly clock = new FakeClock();
  readonly utterances = new Utterances(this.clock);
  readonly verdicts: Record<string, UtteranceVerdict> = {};

  /** A device hears a clip so loud, and somewhat later than it was said. */
  hear(
    clip: Int16Array | undefined,
    levelDb: number,
    { sound, lateMs = 0, ...options }: Partial<UtteranceOptions> & {
      readonly sound?: HeardSound;
      readonly lateMs?: number;
    } = {},
  ): RoomUtterance {
    const beganMs = this.clock.nowMs() + lateMs;
    const heard = sound ?? hear(inRoom(clip ?? new Int16Array(0), levelDb), beganMs);
    return this.utterances.begin(
      { sound: heard, beganMs, endKnownMs: beganMs + 3_000 },
      { device: {}, byButton: false, wokenMs: undefined, ...options },
    );
  }

  decide(name: string, utterance: RoomUtterance, text = name, signal = NEVER): void {
    void utterance.decide(text, signal).then((verdict) => this.verdicts[name] = verdict);
  }

  get answering(): readonly string[] {
    return Object.entries(this.verdicts).flatMap(([name, { answers }]) => answers ? [name] : []);
  }
}

test("Utterances: of two devices that hear the same the louder answers, whichever has its words first", async () => {
  for (
    const [loudFirst, lateMs] of [[true, 0], [false, 0], [true, 1_400], [false, 1_400], [
      false,
      -900,
    ]] as const
  ) {
    const room = new Spoken();
    const loud = room.hear(first, -20);
    const faint = room.hear(first, -30, { lateMs });
    room.decide(loudFirst ? "loud" : "faint", loudFirst ? loud : faint, "turn on the light");
    await room.clock.advance(150);
    assertEquals(room.answering, loudFirst ? ["loud"] : []);
    room.decide(loudFirst ? "faint" : "loud", loudFirst ? faint : loud, "turning the lied");
    await room.clock.advance(150);
    assertEquals([room.answering, Object.keys(room.verdicts).length], [["loud"], 2]);
    assertEquals(room.clock.pending, 0);
  }
});

test("Utterances: the fainter one answers when the louder one heard nothing, leaves, or takes too long", async () => {
  for (const what of ["nothing", "leaves", "hangs"] as const) {
    const room = new Spoken();
    const device = {};
    const loud = room.hear(first, -20, { device });
    room.decide("faint", room.hear(first, -30));
    await room.clock.advance(300);
    assertEquals(room.answering, []);
    if (what === "nothing") loud.close();
    if (what === "leaves") room.utterances.leave(device);
    await room.clock.advance(what === "hangs" ? 1_900 : 100);
    assertEquals(room.answering, ["faint"], what);
    room.decide("loud", loud);
    await settle();
    if (what === "hangs") assertEquals(room.verdicts["loud"]?.answers, false);
    assertEquals(room.clock.pending, 0);
  }
});

test("Utterances: what two people say at once is answered twice", async () => {
  const room = new Spoken();
  const [one, other] = [room.hear(first, -30), room.hear(second, -20)];
  room.decide("one", one, "what time is it");
  room.decide("other", other, "turn on the light");
  await room.clock.advance(100); // where it is not sure by the sound, the words of both are waited for
  assertEquals(room.answering.toSorted(), ["one", "other"]);
});

test("Utterances: the same words later, or from the same device, are another question", async () => {
  const room = new Spoken();
  const device = {};
  room.decide("one", room.hear(first, -20, { device }));
  room.decide("again", room.hear(first, -30, { device }));
  await room.clock.advance(5_000);
  room.decide("later", room.hear(first, -30));
  await settle();
  assertEquals(room.answering, ["one", "again", "later"]);
});

test("Utterances: a button is meant, however faint", async () => {
  const room = new Spoken();
  const [loud, button] = [room.hear(first, -20), room.hear(first, -40, { byButton: true })];
  room.decide("loud", loud);
  await room.clock.advance(200);
  assertEquals(room.answering, []);
  room.decide("button", button);
  await room.clock.advance(200);
  assertEquals([room.answering, Object.keys(room.verdicts).length], [["button"], 2]);
});

test("Utterances: it is told whether both were woken together", async () => {
  for (const [wokenMs, together] of [[200, true], [9_000, false], [undefined, false]] as const) {
    const room = new Spoken();
    room.decide("loud", room.hear(first, -20, { wokenMs: 0 }));
    room.decide("faint", room.hear(first, -30, { wokenMs }));
    await settle();
    assertEquals(room.verdicts["faint"], { answers: false, wokenTogether: together });
  }
});

test("Utterances: giving up while it waits ends that at once", async () => {
  const room = new Spoken();
  const abort = new AbortController();
  const faint = room.hear(first, -30);
  room.hear(first, -20);
  room.decide("faint", faint, "words", abort.signal);
  await room.clock.advance(50);
  abort.abort();
  await settle();
  assertEquals(faint.state, "over");
  assertEquals(room.clock.pending, 0);
});

test("Utterances: however many are begun, and never ended, a room knows of 256", () => {
  const room = new Spoken();
  const sound = hear(new Int16Array(0));
  const begun = Array.from({ length: 1_000 }, () => room.hear(undefined, 0, { sound }));
  assertEquals(begun.length, 1_000);
  assertEquals(room.utterances.size <= 256, true);
});

test("Utterances: 64 devices that hear the same are compared in no time that anybody would notice", async () => {
  const room = new Spoken();
  const sound = hear(inRoom(first ?? new Int16Array(0), -30));
  const devices = Array.from({ length: 64 }, () => room.hear(undefined, 0, { sound }));
  const beganMs = performance.now();
  for (const [index, device] of devices.entries()) room.decide(`${index}`, device);
  await room.clock.advance(500);
  const tookMs = (performance.now() - beganMs) / 64;
  assertEquals([room.answering.length, Object.keys(room.verdicts).length], [1, 64]);
  assert(tookMs < 100, `${tookMs} ms each`);
});
