import { assertEquals } from "@std/assert";
import { AnsweringGateway } from "../../support/answering_gateway.ts";
import { HandDevice } from "../../support/hand_device.ts";
import { test } from "../../support/test.ts";

test("an answer is spoken two pieces ahead, and no further, while the language model has long been read", async () => {
  await using gateway = new AnsweringGateway();
  const sentences = Array.from({ length: 12 }, (_, index) => `This is sentence number ${index} of them.`);
  gateway.llm.script = () => ({ text: sentences.join(" ") });
  gateway.voice.script = () => ({ durationMs: 30_000 });
  await using device = await HandDevice.listen(gateway, "manual");
  device.speak(600);
  device.stop();
  await device.until(() => device.framesMs.length > 20, "frames");
  await gateway.until(() => gateway.llm.active === 0, "the end of the text");
  // The one that plays, and two.
  assertEquals(gateway.voice.asked.length, 3);
  device.say({ type: "abort" });
  await device.until(() => device.log.includes("tts stop"), "the end");
  await gateway.until(() => gateway.voice.active === 0, "the voice");
  assertEquals(gateway.voice.asked.length, 3);
});
