import { assertEquals } from "@std/assert";
import { FakeEngine } from "../../support/fake_engine.ts";
import fc from "../../support/fast_check.ts";
import { fastClock } from "../../support/fast_clock.ts";
import { HandDevice } from "../../support/hand_device.ts";
import { assertSameSound } from "../../support/same_sound.ts";
import { TestGateway, testTransports } from "../../support/test_gateway.ts";
import { test } from "../../support/test.ts";

type Mode = "auto" | "realtime" | "manual";

/** What is said, in ms of speech and of silence in turn. */
const TWO_SENTENCES = [0, 600, 900, 900, 1_500];

/** How many packets come at once, and how long nothing comes before them, in ms. */
type Arrival = readonly { readonly packets: number; readonly stallMs: number }[];

interface Played {
  readonly segments: readonly Int16Array[];
  readonly said: readonly string[];
  readonly droppedMs: readonly number[];
}

/** Plays the same sound, as it arrives, and gives what was recognized. */
async function play(mode: Mode, arrival: Arrival | "undisturbed", http?: "deno" | "ws"): Promise<Played> {
  const engine = new FakeEngine();
  await using gateway = new TestGateway(
    engine,
    // On a busy machine seconds of this clock pass in between; how many end an utterance is a test of its own.
    { session: { noPacketMs: 60_000 }, ...(http !== undefined && { server: { transport: http } }) },
    { clock: fastClock(20) },
  );
  await using device = await HandDevice.listen(gateway, mode);
  const frames = TWO_SENTENCES.flatMap((ms, index) => device.encode(ms, index % 2 === 1 ? 8_000 : 0));
  if (arrival === "undisturbed") {
    for (const frame of frames) {
      device.send(frame);
      await device.settled();
    }
  } else {
    for (let at = 0, turn = 0; at < frames.length; turn++) {
      const { packets, stallMs } = arrival[turn % arrival.length] ?? { packets: 1, stallMs: 0 };
      if (turn < arrival.length) await new Promise((resolve) => setTimeout(resolve, stallMs / 20));
      for (const frame of frames.slice(at, at += packets)) device.send(frame);
      await device.settled();
    }
  }
  if (mode === "manual") device.stop();
  const turns = mode === "manual" ? 1 : 2;
  await device.until(
    () => device.said.filter((message) => message === "tts stop").length >= turns,
    "heard all answers",
  );
  return {
    segments: engine.segments,
    said: device.said,
    droppedMs: gateway.sessionEvents.flatMap((event) =>
      event.type === "turn_ended" ? [event.summary.droppedMs] : []
    ),
  };
}

for (const mode of ["auto", "realtime", "manual"] as const) {
  test(`${mode}: speech is the same however its packets arrive`, async () => {
    const undisturbed = await play(mode, "undisturbed");
    const final = (segments: readonly Int16Array[]) => mode === "manual" ? segments.slice(-1) : segments;
    const arrivals = fc.array(
      fc.record({
        packets: fc.integer({ min: 1, max: 70 }),
        stallMs: fc.constantFrom(0, 0, 300, 1_000, 2_500),
      }),
      { minLength: 1, maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(arrivals, async (arrival) => {
        const disturbed = await play(mode, arrival);
        assertEquals(disturbed.said.map(kind), undisturbed.said.map(kind));
        assertEquals(disturbed.droppedMs, undisturbed.droppedMs);
        assertSameSound(final(disturbed.segments), final(undisturbed.segments));
      }),
      { numRuns: 8 },
    );
  });
}

/** A message without the number that the fake engine gives each segment. */
function kind(message: string): string {
  return message.replace(/ \d+$/, "");
}

testTransports("two sentences in one burst are two texts", async (http) => {
  const { said } = await play("realtime", [{ packets: 1_000, stallMs: 0 }], http);
  assertEquals(said.filter((message) => message.startsWith("stt")).length, 2);
});

test("who stops sending in the middle of a word is answered after 3 s", async () => {
  const clock = fastClock(20);
  await using gateway = new TestGateway(new FakeEngine(), {}, { clock });
  await using device = await HandDevice.listen(gateway, "auto");
  const fromMs = clock.nowMs();
  device.speak(600);
  await device.hears(["stt segment 0", "tts start", "tts stop"]);
  assertEquals(clock.nowMs() - fromMs >= 2_900, true);
});

test("sound that waits for a detector which is behind is heard whole, and nothing is recognized before", async () => {
  const engine = new FakeEngine();
  await using gateway = new TestGateway(engine);
  await using device = await HandDevice.listen(gateway, "auto");
  engine.hold();
  device.speak(4_000);
  device.pause(1_200);
  await device.settled();
  assertEquals([engine.segments.length, device.said], [0, []]);
  engine.release();
  await device.hears(["stt segment 0", "tts start", "tts stop"]);
  const [heard] = engine.segments;
  assertSameSound([heard?.subarray(0, 16 * 4_000) ?? new Int16Array()], [
    device.soundOf(0).subarray(0, 16 * 4_000),
  ]);
});

test("what no buffer could hold is counted, and told", async () => {
  const engine = new FakeEngine();
  await using gateway = new TestGateway(engine, { audio: { maxDurationMs: 3_000 } });
  await using device = await HandDevice.listen(gateway, "auto");
  engine.hold();
  device.speak(6_000);
  await device.settled();
  engine.release();
  device.pause(1_200);
  await device.until(() => device.said.includes("tts stop"), "heard the answer");
  const [summary] = gateway.sessionEvents.flatMap((event) =>
    event.type === "turn_ended" ? [event.summary] : []
  );
  assertEquals(summary?.outcome, "text");
  assertEquals((summary?.droppedMs ?? 0) > 1_000, true);
  assertEquals(device.heard.filter(({ type }) => type === "alert").length, 1);
});
