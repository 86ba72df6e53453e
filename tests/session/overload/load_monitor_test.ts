import { assertAlmostEquals, assertEquals } from "@std/assert";
import { type Clock, Scope } from "../../../lib/lifecycle/mod.ts";
import { type LoadLook, LoadMonitor, LOOK_MS } from "../../../lib/session/overload/load_monitor.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { test } from "../../support/test.ts";

function open() {
  const inner = new FakeClock();
  const rig = { timersLateMs: 0 };
  const clock: Clock = {
    nowMs: () => inner.nowMs(),
    schedule: (delayMs, callback) => inner.schedule(delayMs + rig.timersLateMs, callback),
  };
  const scope = new Scope("monitor", { clock });
  const looks: LoadLook[] = [];
  const recognition = { queued: 0, running: 0, done: 0, failed: 0, refused: 0, displaced: 0 };
  const monitor = new LoadMonitor({
    scope,
    clock,
    lateMs: 150,
    engine: () => ({ recognition }),
    onLook: (look) => looks.push(look),
  });
  const look = () => inner.advance(LOOK_MS + rig.timersLateMs);
  return Object.assign(rig, { inner, scope, looks, recognition, monitor, look });
}

test("LoadMonitor: one pause of the process does not count, what lasts does", async () => {
  const rig = open();
  for (let index = 0; index < 8; index++) await rig.look();
  assertEquals(rig.monitor.ratio, 0);
  rig.timersLateMs = 900;
  await rig.look(); // the timer was set before
  await rig.look();
  rig.timersLateMs = 0;
  for (let index = 0; index < 6; index++) await rig.look();
  assertEquals(Math.max(...rig.looks.map(({ ratio }) => ratio)), 0);
  rig.timersLateMs = 200;
  for (let index = 0; index < 4; index++) await rig.look();
  assertAlmostEquals(rig.monitor.ratioOf("event_loop"), 2);
  assertEquals(rig.monitor.ratio, rig.monitor.ratioOf("event_loop"));
  await rig.scope.close();
  assertEquals(rig.inner.pending, 0);
});

test("LoadMonitor: verdicts that are late count, a single device's do not, and how fast they get later", async () => {
  const rig = open();
  for (let index = 0; index < 5; index++) {
    for (let verdict = 0; verdict < 20; verdict++) rig.monitor.judged(verdict === 0 ? 5_000 : 60);
    await rig.look();
  }
  assertAlmostEquals(rig.monitor.ratioOf("detector"), 60 / 150);
  for (let index = 1; index <= 10; index++) {
    for (let verdict = 0; verdict < 20; verdict++) rig.monitor.judged(60 + index * LOOK_MS / 2);
    await rig.look();
  }
  assertAlmostEquals(rig.looks.at(-1)?.slope ?? NaN, 0.5);
  assertAlmostEquals(rig.monitor.ratioOf("detector"), (60 + 8 * LOOK_MS / 2) / 150);
  for (let index = 0; index < 5; index++) await rig.look();
  assertEquals(rig.monitor.ratio, 0);
  await rig.scope.close();
});

test("LoadMonitor: jobs that wait count by how fast they are done, also where none is", async () => {
  const rig = open();
  for (let index = 0; index < 12; index++) {
    rig.recognition.queued = 3;
    rig.recognition.done += 2;
    await rig.look();
  }
  // 3 wait, and 2 are done each time.
  assertAlmostEquals(rig.monitor.ratioOf("engine"), 1.5 * LOOK_MS / 300);
  for (let index = 0; index < 40; index++) await rig.look();
  assertEquals(rig.monitor.ratioOf("engine") > 5, true);
  rig.recognition.queued = 0;
  for (let index = 0; index < 5; index++) await rig.look();
  assertEquals(rig.monitor.ratioOf("engine"), 0);
  await rig.scope.close();
});
