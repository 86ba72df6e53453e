import { assertEquals } from "@std/assert";
import { TurnRecorder } from "../../lib/device/turn_recorder.ts";
import type { ServerMessage } from "../../lib/protocol/mod.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

const START: ServerMessage = { type: "tts", state: "start" };
const STOP: ServerMessage = { type: "tts", state: "stop" };

function setUp() {
  const clock = new FakeClock();
  const turn = new TurnRecorder(clock);
  let finished = false;
  turn.finished.then(() => finished = true);
  return {
    clock,
    turn,
    hear: (message: ServerMessage) => turn.record({ tSeconds: 0, message }),
    isFinished: async () => {
      await settle();
      return finished;
    },
  };
}

test("a turn ends at the tts stop after the speech, with its times", async () => {
  const { clock, turn, hear, isFinished } = setUp();
  await clock.advance(1_000);
  turn.spoken(clock.nowMs());
  await clock.advance(200);
  hear({ type: "stt", text: "hello" });
  await clock.advance(50);
  hear(START);
  assertEquals(await isFinished(), false);
  hear(STOP);
  assertEquals(await isFinished(), true);
  const { text, endOfSpeechToTextMs, endOfSpeechToStopMs, messages } = turn.result();
  assertEquals({ text, endOfSpeechToTextMs, endOfSpeechToStopMs }, {
    text: "hello",
    endOfSpeechToTextMs: 200,
    endOfSpeechToStopMs: 250,
  });
  assertEquals(messages.length, 3);
});

test("a turn without a text ends at its tts stop as well", async () => {
  const { turn, hear, isFinished } = setUp();
  turn.spoken(0);
  hear(STOP);
  assertEquals(await isFinished(), true);
  assertEquals(turn.result(), {
    text: "",
    texts: [],
    endOfSpeechToStopMs: 0,
    answer: "",
    sound: new Int16Array(),
    messages: [{ tSeconds: 0, message: STOP }],
  });
});

test("an utterance that was cut in two gives both texts", async () => {
  const { clock, turn, hear, isFinished } = setUp();
  hear({ type: "stt", text: "one" });
  hear(STOP);
  await clock.advance(1_000);
  turn.spoken(clock.nowMs());
  await clock.advance(2_500);
  hear({ type: "stt", text: "two" });
  await clock.advance(2_500);
  assertEquals(await isFinished(), false);
  hear(STOP);
  assertEquals(await isFinished(), true);
  assertEquals(turn.result().texts, ["one", "two"]);
  turn.close();
  assertEquals(clock.pending, 0);
});

test("a turn that ended before the speech is over once nothing more comes", async () => {
  const { clock, turn, hear, isFinished } = setUp();
  hear({ type: "stt", text: "one" });
  hear(STOP);
  await clock.advance(500);
  turn.spoken(clock.nowMs());
  await clock.advance(2_999);
  assertEquals(await isFinished(), false);
  await clock.advance(1);
  assertEquals(await isFinished(), true);
  assertEquals(turn.result().endOfSpeechToTextMs, -500);
  assertEquals(clock.pending, 0);
});

test("what a talkative gateway says is bounded", () => {
  const { turn, hear } = setUp();
  for (let count = 0; count < 1_000; count++) hear({ type: "stt", text: "x" });
  turn.spoken(0);
  hear(STOP);
  assertEquals(turn.result().messages.length, 256);
  assertEquals(turn.result().texts.length, 256);
});

test("an answer is its sentences, joined as its script wants it, with its sound and its first frame", async () => {
  const { clock, turn, hear } = setUp();
  turn.spoken(clock.nowMs());
  hear(START);
  for (const text of ["It is noon.", "Bye!", "\u4f60\u597d\u3002", "\u518d\u89c1\u3002"]) {
    hear({ type: "tts", state: "sentence_start", text });
    await clock.advance(40);
    turn.played(Int16Array.of(1, 2));
  }
  turn.played(undefined);
  hear(STOP);
  const { answer, endOfSpeechToFirstFrameMs, sound } = turn.result();
  assertEquals(answer, "It is noon. Bye! \u4f60\u597d\u3002\u518d\u89c1\u3002");
  assertEquals([endOfSpeechToFirstFrameMs, [...sound]], [40, [1, 2, 1, 2, 1, 2, 1, 2]]);
});

test("the text of an answer without an end is kept up to its bound", () => {
  const { turn, hear } = setUp();
  for (let count = 0; count < 100; count++) {
    hear({ type: "tts", state: "sentence_start", text: "a".repeat(1_000) });
  }
  const { answer } = turn.result();
  assertEquals(answer.length > 60_000 && answer.length <= 65_536, true);
});
