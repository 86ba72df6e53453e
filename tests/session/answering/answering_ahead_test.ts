import { assertEquals } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { systemClock } from "../../../lib/lifecycle/mod.ts";
import { AnsweringGateway } from "../../support/answering_gateway.ts";
import { FakeLlm, type FakeLlmOptions } from "../../support/fake_llm.ts";
import { FakeVoiceprint } from "../../support/fake_voiceprint.ts";
import { HandDevice } from "../../support/hand_device.ts";
import { ScriptedService } from "../../support/scripted_service.ts";
import { test } from "../../support/test.ts";

/** The usual silences, and no end because a test is slow. */
const SILENCES = { vad: { endSilenceMs: 700, pauseMs: 300 }, session: { noPacketMs: 60_000 } } as const;
/** Longer than a pause, shorter than the end; and longer than the end. */
const PAUSE_MS = 420;
const END_MS = 900;

interface Opened extends AsyncDisposable {
  readonly gateway: AnsweringGateway;
  readonly device: HandDevice;
}

/** A device that is listened to, and what answers it. */
async function open(
  { agent, mode = "auto", ...llm }: Partial<Omit<FakeLlmOptions, "clock">> & {
    readonly agent?: Readonly<Record<string, unknown>>;
    readonly mode?: "auto" | "manual" | "realtime";
  } = {},
): Promise<Opened> {
  await using stack = new AsyncDisposableStack();
  const gateway = stack.use(
    new AnsweringGateway(agent, SILENCES, {
      llm: new FakeLlm({ name: "builtin", clock: systemClock, ...llm }),
    }),
  );
  const device = stack.use(await HandDevice.listen(gateway, mode));
  device.log.length = 0;
  const opened = stack.move();
  return { gateway, device, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** Says something, and pauses for as long as a comma: what was recognized of it is asked about, if anything is. */
async function speakAndPause({ gateway, device }: Opened): Promise<void> {
  const segments = gateway.engine.segments.length;
  device.speak(600);
  device.pause(PAUSE_MS);
  await device.until(() => gateway.engine.segments.length > segments, "recognition ahead");
  await device.settled();
  await device.settled();
}

const ends = ({ gateway }: Opened) => gateway.llm.calls.map(({ end }) => end);
const questions = ({ gateway }: Opened) => gateway.llm.calls.map(({ request: { question } }) => question);
const told = ({ device }: Opened, what: string) => device.log.filter((line) => line.startsWith(what));

/** What came of requests ahead, by the metrics. */
async function aheads({ gateway }: Opened): Promise<Readonly<Record<string, number>>> {
  const metrics = await (await fetch(gateway.http("/metrics"))).text();
  const found = metrics.matchAll(/^earshot_llm_aheads_total\{.*what="(\w+)".*\} (\d+)$/gm);
  return Object.fromEntries(
    [...found].flatMap(([, what = "", count]) => Number(count) > 0 ? [[what, Number(count)]] : []),
  );
}

/** Nothing has come of what was said so far. */
function assertNothing(opened: Opened): void {
  const { gateway, device } = opened;
  assertEquals([device.log.filter((line) => line !== "pong"), gateway.voice.asked, gateway.memory.entries], [
    [],
    [],
    [],
  ]);
}

async function answered({ gateway, device }: Opened): Promise<void> {
  await device.until(() => device.log.includes("tts stop"), "the end of the answer");
  await gateway.until(() => gateway.memory.entries.length > 0, "the record");
}

test("the answer is there before the end of speech is known, and nothing has come of it until then", async () => {
  await using opened = await open();
  const { gateway, device } = opened;
  await speakAndPause(opened);
  await device.until(() => ends(opened)[0] === "ended", "the whole answer");
  assertNothing(opened);
  device.pause(END_MS);
  await answered(opened);
  assertEquals([
    questions(opened),
    told(opened, "stt"),
    gateway.memory.entries.map(({ user, answer }) => [user, answer]),
  ], [
    ["segment 0"],
    ["stt segment 0"],
    [["segment 0", "You said: segment 0"]],
  ]);
  assertEquals(await aheads(opened), { started: 1, used: 1 });
});

test("with a button, what was asked in a pause is used when it is released after it", async () => {
  await using opened = await open({ mode: "manual" });
  await speakAndPause(opened);
  await opened.device.until(() => ends(opened)[0] === "ended", "the whole answer");
  assertNothing(opened);
  opened.device.stop();
  await answered(opened);
  assertEquals([questions(opened), await aheads(opened)], [["segment 0"], { started: 1, used: 1 }]);
});

test("pauses within a sentence leave nothing but requests that were canceled", async () => {
  await using opened = await open({ script: () => ({ text: "Well.", hangsAt: "first_token" }) });
  const { gateway, device } = opened;
  // Of a speaker who pauses more often, not every pause is recognized ahead.
  for (const pauseMs of [360, 480, 660]) {
    const asked = gateway.llm.calls.length;
    device.speak(600);
    device.pause(pauseMs);
    await device.until(() => gateway.llm.calls.length > asked, "a request ahead");
    device.speak(120);
    await device.until(() => gateway.llm.calls.every(({ end }) => end === "canceled"), "its end");
    assertNothing(opened);
  }
  gateway.llm.script = () => ({ text: "Well." });
  device.speak(600);
  device.pause(END_MS);
  await answered(opened);
  const [record, ...others] = gateway.memory.entries;
  assertEquals([record?.user, others, gateway.voice.asked.map(({ text }) => text)], [
    questions(opened).at(-1),
    [],
    ["Well."],
  ]);
  assertEquals([told(opened, "stt"), told(opened, "tts start").length], [[`stt ${record?.user}`], 1]);
});

test("where the words change in the end, they are asked anew", async () => {
  const service = new ScriptedService({ endpointing: false, finalAtFinish: "Turn off the light." });
  await using gateway = new AnsweringGateway({}, { ...SILENCES, asr: { vosk: { type: "vosk" } } }, {
    service,
  });
  await using device = await HandDevice.listen(gateway, "auto");
  const { llm } = gateway;
  llm.script = () => ({ text: "Done.", hangsAt: "first_token" });
  device.speak(600);
  await gateway.until(() => service.streams.length === 1, "a stream");
  service.stream.partial("turn of");
  await device.settled();
  assertEquals(llm.calls.length, 0, "nobody has paused yet");
  device.pause(PAUSE_MS);
  await gateway.until(() => llm.calls.length === 1, "a request ahead");
  service.stream.partial("turn off the");
  await gateway.until(() => llm.calls.length === 2, "another one");
  assertEquals(llm.calls.map(({ end }) => end), ["canceled", undefined]);
  llm.script = () => ({ text: "Done." });
  device.pause(END_MS);
  await device.until(() => device.log.includes("tts stop"), "the end of the answer");
  assertEquals(llm.calls.map(({ request, end }) => [request.question, end]), [
    ["turn of", "canceled"],
    ["turn off the", "canceled"],
    ["Turn off the light.", "ended"],
  ]);
});

test("where a service hears while somebody speaks, its words at the pause are used", async () => {
  const service = new ScriptedService({ endpointing: false, finalAtFinish: "Turn off the light." });
  await using gateway = new AnsweringGateway({}, { ...SILENCES, asr: { vosk: { type: "vosk" } } }, {
    service,
  });
  await using device = await HandDevice.listen(gateway, "auto");
  device.speak(600);
  await gateway.until(() => service.streams.length === 1, "a stream");
  service.stream.partial("turn off the light");
  device.pause(PAUSE_MS);
  await gateway.until(() => gateway.llm.calls[0]?.end === "ended", "the whole answer");
  device.pause(END_MS);
  await device.until(() => device.log.includes("tts stop"), "the end of the answer");
  await gateway.until(() => gateway.memory.entries.length === 1, "the record");
  assertEquals([gateway.llm.calls.length, gateway.memory.entries[0]?.user], [1, "Turn off the light."]);
});

for (
  const { name, agent, asked, ...llm } of [
    { name: "auto, on this network", agent: {}, asked: 1 },
    { name: "auto, elsewhere", agent: { answerAhead: "auto" }, local: false, asked: 0 },
    { name: "on, elsewhere", agent: { answerAhead: "on" }, local: false, asked: 1 },
    { name: "off, on this network", agent: { answerAhead: "off" }, asked: 0 },
    {
      name: "on, with a service that keeps the history",
      agent: { answerAhead: "on" },
      stateless: false,
      asked: 0,
    },
    { name: "auto, with a service that keeps the history", agent: {}, stateless: false, asked: 0 },
  ]
) {
  test(`whether it is asked ahead: ${name}`, async () => {
    await using opened = await open({ agent, ...llm });
    await speakAndPause(opened);
    if (asked > 0) await opened.device.until(() => ends(opened)[0] === "ended", "the whole answer");
    assertEquals(opened.gateway.llm.calls.length, asked);
    opened.device.pause(END_MS);
    await answered(opened);
    assertEquals(questions(opened), ["segment 0"]);
  });
}

test("at a full service nothing is asked ahead, and the question waits like any other", async () => {
  await using opened = await open({
    maxConcurrent: 1,
    script: () => ({ text: "Well.", hangsAt: "first_token" }),
  });
  const { gateway, device } = opened;
  await using other = await HandDevice.greet(gateway);
  other.say({ type: "listen", state: "detect", text: "of another device" });
  await gateway.until(() => gateway.llm.calls.length === 1, "the other's question");
  gateway.llm.script = () => ({ text: "Well." });
  await speakAndPause(opened);
  assertEquals([ends(opened), await aheads(opened)], [[undefined], { refused: 1 }]);
  device.pause(END_MS);
  await device.until(() => device.log.includes("llm thinking"), "the question");
  assertEquals(gateway.llm.calls.length, 1);
  other.say({ type: "abort" });
  await answered(opened);
  assertEquals(questions(opened), ["of another device", "segment 0"]);
});

test("another device's question takes the place, and this one's is asked anew", async () => {
  await using opened = await open({
    maxConcurrent: 1,
    script: () => ({ text: "Well.", hangsAt: "first_token" }),
  });
  const { gateway, device } = opened;
  await using other = await HandDevice.greet(gateway);
  await speakAndPause(opened);
  await device.until(() => gateway.llm.calls.length === 1, "a request ahead");
  gateway.llm.script = () => ({ text: "Well." });
  other.say({ type: "listen", state: "detect", text: "of another device" });
  await other.until(() => other.log.includes("tts stop"), "the other's answer");
  assertEquals([ends(opened), told(opened, "tts")], [["canceled", "ended"], []]);
  device.pause(END_MS);
  await device.until(() => device.log.includes("tts stop"), "the end of the answer");
  assertEquals([questions(opened), await aheads(opened)], [
    ["segment 0", "of another device", "segment 0"],
    { started: 1, given_up: 1 },
  ]);
});

test("an abort, a new listen start and a device that leaves end the request, and nothing is kept", async () => {
  for (
    const end of [
      (device: HandDevice) => device.say({ type: "abort" }),
      (device: HandDevice) => device.start("auto"),
      (device: HandDevice) => device.drop(),
    ]
  ) {
    await using opened = await open({ script: () => ({ text: "Well.", hangsAt: "first_token" }) });
    const { gateway, device } = opened;
    await speakAndPause(opened);
    await device.until(() => gateway.llm.calls.length === 1, "a request ahead");
    end(device);
    await gateway.until(() => ends(opened)[0] === "canceled", "its end");
    assertEquals([gateway.llm.calls.length, gateway.voice.asked, gateway.memory.entries], [1, [], []]);
  }
});

test("a goodbye is none before the end of speech is known", async () => {
  await using opened = await open();
  const { gateway, device } = opened;
  gateway.engine.script = () => "Goodbye!";
  await speakAndPause(opened);
  assertNothing(opened);
  device.speak(300);
  device.pause(PAUSE_MS);
  await device.until(() => gateway.engine.segments.length > 1, "recognition ahead");
  await device.settled();
  assertNothing(opened);
  device.pause(END_MS);
  assertEquals((await device.ended).code, 1000);
  assertEquals([gateway.llm.calls.length, gateway.memory.entries.map(({ user }) => user)], [0, ["Goodbye!"]]);
});

test("nothing is asked ahead where nothing will be answered", async () => {
  await using opened = await open({ agent: { turnsPerDay: 1 } });
  const { gateway, device } = opened;
  await speakAndPause(opened);
  device.pause(END_MS);
  await answered(opened);
  device.start("auto");
  await speakAndPause(opened);
  device.pause(END_MS);
  await gateway.until(() => gateway.memory.entries.length === 2, "the refusal's record");
  assertEquals(questions(opened), ["segment 0"]);
});

test("words after an answer that has not begun are asked ahead with its question, and used with it alone", async () => {
  await using opened = await open();
  const { gateway, device } = opened;
  const voice = Promise.withResolvers<void>();
  gateway.voice.script = () => ({ before: () => voice.promise });
  await speakAndPause(opened);
  device.pause(END_MS);
  await device.until(() => gateway.voice.asked.length === 1, "the voice");
  await speakAndPause(opened);
  await device.until(() => ends(opened)[1] === "ended", "the whole answer to both");
  device.pause(END_MS);
  await device.until(() => told(opened, "stt").length === 2, "the words");
  gateway.voice.script = () => ({});
  voice.resolve();
  await answered(opened);
  assertEquals(gateway.memory.entries.map(({ user, answer }) => [user, answer]), [
    ["segment 0 segment 1", "You said: segment 0 segment 1"],
  ]);
  assertEquals([questions(opened), await aheads(opened)], [["segment 0", "segment 0 segment 1"], {
    started: 2,
    used: 2,
  }]);
});

test("words after an answer that is still being written wait for their end", async () => {
  await using opened = await open({ script: () => ({ text: "Well.", hangsAt: "first_token" }) });
  const { gateway, device } = opened;
  await speakAndPause(opened);
  device.pause(END_MS);
  await device.until(() => device.log.includes("llm thinking"), "the question");
  await speakAndPause(opened);
  assertEquals(questions(opened), ["segment 0"]);
  gateway.llm.script = () => ({ text: "Well." });
  device.pause(END_MS);
  await answered(opened);
  assertEquals([questions(opened), ends(opened)], [["segment 0", "segment 0 segment 1"], [
    "canceled",
    "ended",
  ]]);
  assertEquals(gateway.memory.entries.map(({ user }) => user), ["segment 0 segment 1"]);
});

test("nothing is asked ahead of what is said over an answer", async () => {
  await using opened = await open({ mode: "realtime", agent: { interrupt: "speech" } });
  const { gateway, device } = opened;
  gateway.llm.script = () => ({ text: "A very long answer that goes on and on for as long as it takes." });
  await speakAndPause(opened);
  device.pause(END_MS);
  // More than the device gets ahead: otherwise nothing of the answer was heard, and the words join its question.
  await device.until(() => device.framesMs.length > 12, "sound that was heard");
  gateway.engine.script = () => "be quiet now";
  await speakAndPause(opened);
  assertEquals(questions(opened), ["segment 0"]);
  gateway.llm.script = () => ({ text: "Well." });
  device.pause(END_MS);
  await gateway.until(() => gateway.memory.entries.length === 2, "the second record");
  const [, second] = gateway.llm.calls;
  assertEquals([second?.request.question, second?.request.history.length], ["be quiet now", 2]);
});

test("a recognizer that fails after all, or finds nothing, gives its request up", async () => {
  for (const fails of [true, false]) {
    const service = new ScriptedService({ endpointing: false });
    service.hangs = true;
    await using gateway = new AnsweringGateway({}, {
      ...SILENCES,
      asr: { vosk: { type: "vosk", retries: 0 } },
    }, {
      service,
    });
    await using device = await HandDevice.listen(gateway, "auto");
    gateway.llm.script = () => ({ text: "Done.", hangsAt: "first_token" });
    device.speak(600);
    await gateway.until(() => service.streams.length === 1, "a stream");
    service.stream.partial("turn off the light");
    device.pause(PAUSE_MS);
    await gateway.until(() => gateway.llm.calls.length === 1, "a request ahead");
    device.pause(END_MS);
    await gateway.until(() => service.stream.finished, "the end of speech");
    if (fails) service.stream.fail(new EarshotError("asr.failed", "Cannot recognize: the test says so"));
    else service.stream.endsItself();
    await gateway.until(() => gateway.llm.calls[0]?.end === "canceled", "the end of the request");
    // What went wrong is still being said.
    if (fails) assertEquals(device.log.includes("tts stop"), false);
    await device.until(() => device.log.includes("tts stop"), "the end");
    assertEquals([gateway.llm.calls.length, gateway.voice.asked], [1, []]);
  }
});

test("who speaks is taken for who spoke last, and where it is somebody else, the question is asked anew", async () => {
  const voiceprint = new FakeVoiceprint();
  const speakers = [{ id: "a", name: "Alice" }, { id: "b", name: "Bob" }];
  await using gateway = new AnsweringGateway({}, {
    ...SILENCES,
    voiceprint: { url: "http://localhost:1", apiKey: { env: "NONE" }, speakers },
  }, { voiceprint });
  await using device = await HandDevice.greet(gateway);
  const asked: (readonly (string | undefined)[])[] = [];
  for (const [index, id] of ["a", "a", "b"].entries()) {
    device.log.length = 0;
    device.start("auto");
    const before = gateway.llm.calls.length;
    device.speak(1_200);
    device.pause(PAUSE_MS);
    await gateway.until(() => gateway.llm.calls.at(before)?.end === "ended", "the whole answer");
    assertEquals(voiceprint.asked.length, index, "nobody is asked whose voice it is before the end");
    device.pause(END_MS);
    await gateway.until(() => voiceprint.asked.length > index, "the question whose voice it is");
    await voiceprint.answer(index, { id, score: 0.9 });
    await device.until(() => device.log.includes("tts stop"), "the end of the answer");
    asked.push(gateway.llm.calls.slice(before).map(({ request }) => /Alice|Bob/.exec(request.context)?.[0]));
  }
  assertEquals(asked, [[undefined, "Alice"], ["Alice"], ["Alice", "Bob"]]);
});
