import { assert, assertEquals } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { serviceError } from "../../../lib/service/mod.ts";
import { NlsSpeechWire } from "../../../lib/tts/providers/aliyun_nls_wire.ts";
import { DashscopeSpeechWire } from "../../../lib/tts/providers/dashscope_wire.ts";
import { QwenTtsWire } from "../../../lib/tts/providers/qwen_tts_realtime_wire.ts";
import type { TextWire } from "../../../lib/tts/streamed/text_wire.ts";
import { mutatedText } from "../../fuzz/mutate.ts";
import fc from "../../support/fast_check.ts";
import { test } from "../../support/test.ts";

const SERVICE = { family: "tts", name: "far" } as const;

const WIRES: Readonly<Record<string, () => TextWire>> = {
  aliyunNls: () =>
    new NlsSpeechWire({
      service: SERVICE,
      appKey: "app",
      pass: { token: "token", judge: (thrown) => EarshotError.from(thrown) },
      flowing: true,
      voice: "xiaoyun",
      sampleRateHz: 24_000,
      volume: 50,
      speechRate: 0,
      pitchRate: 0,
    }),
  dashscope: () =>
    new DashscopeSpeechWire({
      service: SERVICE,
      model: "cosyvoice-v3-flash",
      voice: "longanyang",
      sampleRateHz: 24_000,
      volume: 50,
      rate: 1,
      pitch: 1,
      language: "en",
      sendLanguage: false,
    }),
  qwenTtsRealtime: () => new QwenTtsWire(SERVICE, { voice: "Cherry", mode: "commit", language_type: "Auto" }),
};

const MESSAGES = [
  `{"header":{"namespace":"Default","name":"TaskFailed","status":40000004,"status_text":"no","task_id":""}}`,
  `{"header":{"name":"SynthesisStarted","status":20000000,"status_message":"ok"},"payload":{"index":1}}`,
  `{"header":{"event":"task-failed","error_code":"Throttling","error_message":"no","attributes":{}},"payload":{}}`,
  `{"header":{"event":"result-generated","task_id":"x"},"payload":{"output":{"type":"sentence-end"}}}`,
  `{"event_id":"1","type":"response.audio.delta","delta":"AAAA"}`,
  `{"event_id":"1","type":"error","error":{"code":"invalid_value","message":"no","param":null}}`,
  `{"event_id":"1","type":"response.done","response":{"status":"failed","usage":{"characters":1}}}`,
];

test("whatever a service says, it is an event or an error of the service", () => {
  const expected = new Set(["started", "sound", "ended", "other"]);
  for (const [name, make] of Object.entries(WIRES)) {
    const wire = make();
    fc.assert(
      fc.property(fc.oneof(mutatedText(MESSAGES), fc.json(), fc.string()), (message) => {
        try {
          assert(expected.has(wire.read(message).type));
        } catch (thrown) {
          assert(thrown instanceof EarshotError, `${name}: ${thrown}`);
          assert(thrown.code.startsWith("tts."), `${name}: ${thrown.code}`);
          assert(thrown.message.startsWith(serviceError(SERVICE, "failed").message));
        }
      }),
      { numRuns: 2_000 },
    );
  }
});

test("all text is sent, and as it is", () => {
  for (const [name, make] of Object.entries(WIRES)) {
    fc.assert(fc.property(fc.array(fc.string({ minLength: 1, unit: "grapheme" })), (parts) => {
      const wire = make();
      const sent = parts.flatMap((part) => wire.text(part)).map(textOf).join("");
      // Nothing of it is a tag for NLS.
      const whole = name === "aliyunNls"
        ? parts.map((part) => part.replaceAll(/<(?![\s\d=])/g, " ")).join("")
        : parts.join("");
      assertEquals(sent, whole);
    }));
  }
});

/** The text in a message, whatever the service is. */
function textOf(message: string): string {
  const { text, payload } = JSON.parse(message);
  return text ?? payload?.text ?? payload?.input?.text ?? "";
}

test("qwenTtsRealtime: in the end all that can be spoken is committed, and nothing else ever is", () => {
  const parts = fc.array(fc.oneof(
    fc.constantFrom(
      " ",
      ".",
      "!",
      "…",
      "。",
      "“",
      "”",
      "\n",
      "Dr.",
      "3.",
      "14",
      "words",
      "Hello there.",
      "你好",
    ),
    fc.string({ minLength: 1 }),
  ));
  fc.assert(fc.property(parts, (text) => {
    const wire = new QwenTtsWire(SERVICE, { voice: "Cherry", mode: "commit", language_type: "Auto" });
    const messages = [...text.flatMap((part) => wire.text(part)), ...wire.finish()].map((message) =>
      JSON.parse(message)
    );
    let uncommitted = "";
    for (const { type, text } of messages) {
      if (type === "input_text_buffer.append") uncommitted += text;
      if (type !== "input_text_buffer.commit") continue;
      assert(/[\p{L}\p{N}]/u.test(uncommitted));
      uncommitted = "";
    }
    assertEquals([/[\p{L}\p{N}]/u.test(uncommitted), messages.at(-1).type], [false, "session.finish"]);
  }));
});
