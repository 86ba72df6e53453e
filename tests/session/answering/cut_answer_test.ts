import { assertEquals, assertGreater } from "@std/assert";
import { AnsweringGateway } from "../../support/answering_gateway.ts";
import { HandDevice } from "../../support/hand_device.ts";
import { test } from "../../support/test.ts";

const PIECES = ["This is the first one. ", "That is the second. ", "The third has no end and"];

/** How many frames an answer of these pieces has, however it ends. */
async function framesOf(reason: "stop" | "length"): Promise<readonly [frames: number, spoken: number]> {
  await using gateway = new AnsweringGateway();
  gateway.llm.script = () => ({ text: PIECES, reason });
  await using device = await HandDevice.listen(gateway, "auto");
  device.log.length = 0;
  device.speak(600);
  device.pause(300);
  await device.until(() => device.log.includes("tts stop"), "the end of the answer");
  const last = device.log.findIndex((line) => line.endsWith(PIECES[2] ?? ""));
  const rest = device.log.slice(last + 1);
  const end = rest.findIndex((line) => line !== "frame");
  const frames = device.log.slice(0, last).filter((line) => line === "frame").length + end;
  return [frames, gateway.voice.asked.length];
}

test("an answer that the language model breaks off is spoken as far as it was written", async () => {
  const whole = await framesOf("stop");
  const cut = await framesOf("length");
  assertGreater(whole[0], 30);
  assertEquals(cut, whole);
});
