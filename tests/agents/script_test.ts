import { assertEquals } from "@std/assert";
import { AnsweringGateway } from "../support/answering_gateway.ts";
import { FakeVoice } from "../support/fake_voice.ts";
import { HandDevice } from "../support/hand_device.ts";
import { ScriptedService } from "../support/scripted_service.ts";
import { test } from "../support/test.ts";
import { until } from "../support/until.ts";

const DEVICE = { headers: { "Device-Id": "02:00:00:00:00:01" } };

/** Asks twice, and gives what was shown, spoken and kept of the first time, and what the model was told of it the second. */
async function answered(agent: Record<string, unknown>, answer: string) {
  const ear = new ScriptedService({ finalAtFinish: "客廳的灯" });
  await using gateway = new AnsweringGateway({ asr: "ear", ...agent }, {
    asr: { ear: { type: "vosk" } },
    tts: { voice: { type: "edge", voice: "zh-CN-XiaoxiaoNeural", languages: ["zh"] } },
  }, { service: ear, voice: new FakeVoice({ name: "voice" }) });
  gateway.llm.script = () => ({ text: [answer] });
  await using device = await HandDevice.listen(gateway, "manual", DEVICE);
  for (let turn = 1; turn <= 2; turn++) {
    if (turn > 1) device.start("manual");
    device.log.length = 0;
    device.speak(600);
    device.stop();
    await device.until(() => device.log.includes("tts stop"), "the answer");
    await until(() => gateway.memory.entries.length === turn, "the record");
  }
  const [entry] = gateway.memory.entries;
  const sentence = device.log.find((line) => line.includes("sentence_start"));
  return {
    heard: entry?.user,
    shown: sentence?.replace("tts sentence_start ", ""),
    spoken: gateway.voice.asked[0]?.text,
    kept: entry?.answer,
    told: gateway.llm.calls[1]?.request.history.at(-1)?.content,
  };
}

test("an agent's script holds for what is heard, shown, spoken, kept and told to the model again", async () => {
  const traditional = await answered({ language: "zh-TW" }, "客厅的灯开了。");
  assertEquals(traditional, {
    heard: "客廳的燈",
    shown: "客廳的燈開了。",
    spoken: "客廳的燈開了。",
    kept: "客廳的燈開了。",
    told: "客廳的燈開了。",
  });
  const simplified = await answered({ language: "zh-TW", script: "simplified" }, "客廳的燈開了。");
  assertEquals([simplified.heard, simplified.shown, simplified.kept], [
    "客厅的灯",
    "客厅的灯开了。",
    "客厅的灯开了。",
  ]);
  const none = await answered({ language: "zh-TW", script: "none" }, "客厅的燈開了。");
  assertEquals([none.heard, none.shown, none.told], ["客廳的灯", "客厅的燈開了。", "客厅的燈開了。"]);
});
