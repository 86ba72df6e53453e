import { assert, assertEquals } from "@std/assert";
import { AnsweringGateway } from "../../support/answering_gateway.ts";
import { FakeEngine } from "../../support/fake_engine.ts";
import { HandDevice } from "../../support/hand_device.ts";
import { HEARD, overload } from "../../support/overloaded.ts";
import { TestGateway } from "../../support/test_gateway.ts";
import { test } from "../../support/test.ts";

const BUSY = "I am busy, please try again";
const QUICK = { vad: { endSilenceMs: 200 }, session: { noPacketMs: 300, hearingLateMs: 150 } } as const;

/** A gateway that hears as many as it can. */
class FullGateway implements AsyncDisposable {
  readonly engine = new FakeEngine();
  readonly gateway = new TestGateway(this.engine, {
    ...QUICK,
    session: { ...QUICK.session, hearingLateMs: 150 },
  });
  /** Those that are heard. */
  heard: readonly HandDevice[] = [];
  /** It has come in time, and does not listen yet. */
  late!: HandDevice;

  static async open(): Promise<FullGateway> {
    const full = new FullGateway();
    full.late = await HandDevice.greet(full.gateway);
    full.late.heard.length = 0;
    full.heard = await overload(full.gateway, full.engine);
    return full;
  }

  get overload() {
    return this.gateway.gateway.stats.overload;
  }

  get counters() {
    return this.gateway.gateway.stats.counters;
  }

  /** Two are heard no more, so that there is room for one. */
  makeRoom(): void {
    for (const device of this.heard.slice(0, 2)) device.stop();
  }

  async until(condition: () => boolean, what: string): Promise<void> {
    await this.gateway.until(condition, what);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const device of [...this.heard, this.late]) await device[Symbol.asyncDispose]();
    await this.gateway[Symbol.asyncDispose]();
  }
}

for (const mode of ["auto", "realtime"] as const) {
  test(`${mode}: a turn that could only be late is refused in words, and heard by itself once there is room`, async () => {
    await using full = await FullGateway.open();
    const { late } = full;
    assertEquals([full.overload.limit, full.overload.turnsRefused], [HEARD - 1, 0]);
    late.start(mode);
    await late.hears(["alert", "tts stop"]);
    assertEquals(late.heard[0]?.["message"], BUSY);
    const { audioChunks } = full.counters;
    late.speak(600);
    await late.settled();
    assertEquals([full.counters.audioRefused, full.counters.audioChunks], [10, audioChunks]);
    assertEquals([full.overload.waiting, full.overload.turnsRefused], [1, 1]);
    full.makeRoom();
    await full.until(() => full.overload.waiting === 0, "there is room");
    late.heard.length = 0;
    late.speak(300);
    await late.hears(["stt segment 0", "tts start", "tts stop"]);
  });
}

test("a button is refused at each press, and goes before others at the next one", async () => {
  await using full = await FullGateway.open();
  const { late } = full;
  late.start("manual");
  await late.hears(["alert", "tts stop"]);
  late.speak(300);
  late.stop();
  await late.hears(["alert", "tts stop", "tts stop"]);
  assertEquals([full.overload.waiting, full.overload.turnsRefused], [0, 1]);
  // One is heard no more: there is no room for anybody but who was refused.
  full.heard[0]?.stop();
  await full.until(() => full.overload.heard === HEARD - 1, "one fewer");
  late.heard.length = 0;
  late.start("manual");
  late.speak(300);
  late.stop();
  await late.hears(["stt segment 0", "tts start", "tts stop"]);
});

test("a turn under way is not touched, and who is heard has its next one after those that wait", async () => {
  await using full = await FullGateway.open();
  const [talking] = full.heard;
  assert(talking !== undefined);
  full.late.start("auto");
  await full.late.hears(["alert", "tts stop"]);
  for (const device of full.heard.slice(1, 2)) device.stop();
  await full.until(() => full.overload.heard === HEARD - 1, "one fewer");
  talking.speak(300);
  await talking.hears(["stt segment 0", "tts start", "tts stop"]);
  await full.until(() => full.overload.heard === HEARD - 1, "the one that waited is heard in its place");
  full.late.heard.length = 0;
  full.late.speak(300);
  await full.late.hears(["stt segment 1", "tts start", "tts stop"]);
  // Theirs was the place of the one that waited next.
  await full.until(() => full.overload.waiting === 1, "by turns");
  full.late.heard.length = 0;
  // The device's encoder takes noise that goes on for no voice.
  full.late.pause(2_000);
  full.late.speak(600);
  // It was told a moment ago; whoever goes on sending is told in time.
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  full.late.pause(60);
  await full.late.hears(["alert", "tts stop"]);
});

test("who is refused and leaves, or asks for nothing more, waits no longer", async () => {
  await using full = await FullGateway.open();
  full.late.start("auto");
  await full.late.hears(["alert", "tts stop"]);
  assertEquals(full.overload.waiting, 1);
  full.late.stop();
  await full.until(() => full.overload.waiting === 0, "it does not wait");
  full.late.start("auto");
  await full.until(() => full.overload.waiting === 1, "it waits");
  full.late.drop();
  await full.until(() => full.overload.waiting === 0, "it does not wait");
});

test("whoever speaks while nobody hears them is told again, and silence is not", async () => {
  await using full = await FullGateway.open();
  full.late.start("auto");
  await full.late.hears(["alert", "tts stop"]);
  full.late.pause(6_000);
  await full.late.settled();
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  full.late.pause(1_000);
  await full.late.settled();
  assertEquals(full.late.said, ["alert", "tts stop"]);
  full.late.speak(600);
  await full.late.hears(["alert", "tts stop", "alert", "tts stop"]);
  full.late.speak(6_000);
  await full.late.settled();
  assertEquals(full.late.said.length, 4, "it was told a moment ago");
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  full.late.pause(60);
  await full.late.hears(["alert", "tts stop", "alert", "tts stop", "alert", "tts stop"]);
  assertEquals(full.overload.turnsRefused, 1);
});

test("with a voice it is said that a turn is refused, in the sentence that ships, and heard again after it", async () => {
  await using gateway = new AnsweringGateway({}, { session: { hearingLateMs: 150 } });
  await using late = await HandDevice.greet(gateway);
  late.heard.length = 0;
  const heard = await overload(gateway, gateway.engine);
  late.start("auto");
  await late.until(() => late.said.includes("tts stop"), "it is told");
  assertEquals(late.said, ["alert", "tts start", `tts sentence_start ${BUSY}`, "tts stop"]);
  assert(late.log.filter((entry) => entry === "frame").length > 10, "it has a sound");
  assertEquals(gateway.gateway.stats.overload.waiting, 1);
  // Firmware asks again once it was spoken to: it is told once.
  late.start("auto");
  await late.settled();
  assertEquals(late.said.filter((said) => said === "alert").length, 1);
  for (const device of heard.slice(0, 2)) device.stop();
  await gateway.until(() => gateway.gateway.stats.overload.waiting === 0, "there is room");
  late.heard.length = 0;
  late.speak(300);
  await late.until(() => late.said.some((said) => said.startsWith("stt")), "its words");
  for (const device of heard) await device[Symbol.asyncDispose]();
});
