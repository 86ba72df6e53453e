import { assert, assertEquals } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { serviceError } from "../../../lib/service/mod.ts";
import { NlsSpeechWire } from "../../../lib/tts/providers/aliyun_nls_wire.ts";
import { DashscopeSpeechWire } from "../../../lib/tts/providers/dashscope_wire.ts";
import { DoubaoSessionWire, DoubaoWholeWire } from "../../../lib/tts/providers/doubao_wire.ts";
import { ElevenlabsWire } from "../../../lib/tts/providers/elevenlabs_wire.ts";
import { QwenTtsWire } from "../../../lib/tts/providers/qwen_tts_realtime_wire.ts";
import { TencentWire } from "../../../lib/tts/providers/tencent_stream.ts";
import { WyomingServer } from "../../../lib/tts/providers/wyoming_server.ts";
import { WyomingWire } from "../../../lib/tts/providers/wyoming_wire.ts";
import { XunfeiWire } from "../../../lib/tts/providers/xunfei.ts";
import { SuperWire } from "../../../lib/tts/providers/xunfei_super.ts";
import type { TextWire } from "../../../lib/tts/streamed/text_wire.ts";
import { mutatedText } from "../../fuzz/mutate.ts";
import fc from "../../support/fast_check.ts";
import { test } from "../../support/test.ts";

const SERVICE = { family: "tts", name: "far" } as const;

const XUNFEI = { appId: "app", voice: "v", speed: 50, volume: 50, pitch: 50 } as const;
const DOUBAO = {
  service: SERVICE,
  settings: { voice: "v", sampleRateHz: 24_000, ratePercent: 0, volumePercent: 0, additions: {} },
} as const;

/** Those whose messages carry a text as it is. */
const PLAIN_WIRES: Readonly<Record<string, () => TextWire>> = {
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

const WIRES: Readonly<Record<string, () => TextWire<unknown>>> = {
  ...PLAIN_WIRES,
  "doubao bidirectional": () => new DoubaoSessionWire(DOUBAO),
  "doubao websocket": () => new DoubaoWholeWire(DOUBAO),
  elevenlabs: () => new ElevenlabsWire(SERVICE, {}),
  tencentStream: () => new TencentWire(SERVICE, "session"),
  xunfei: () => new XunfeiWire(SERVICE, { ...XUNFEI, sampleRateHz: 16_000 }),
  xunfeiSuper: () => new SuperWire(SERVICE, { ...XUNFEI, sampleRateHz: 24_000 }),
  wyoming: () =>
    new WyomingWire(new WyomingServer({ url: "tcp://localhost:1", service: SERVICE }), { isWhole: false }),
};

const MESSAGES = [
  `{"header":{"namespace":"Default","name":"TaskFailed","status":40000004,"status_text":"no","task_id":""}}`,
  `{"header":{"name":"SynthesisStarted","status":20000000,"status_message":"ok"},"payload":{"index":1}}`,
  `{"header":{"event":"task-failed","error_code":"Throttling","error_message":"no","attributes":{}},"payload":{}}`,
  `{"header":{"event":"result-generated","task_id":"x"},"payload":{"output":{"type":"sentence-end"}}}`,
  `{"event_id":"1","type":"response.audio.delta","delta":"AAAA"}`,
  `{"event_id":"1","type":"error","error":{"code":"invalid_value","message":"no","param":null}}`,
  `{"audio":"AAAA","isFinal":null,"error":"quota_exceeded","message":"no"}`,
  `{"code":10003,"message":"no","ready":1,"final":1,"data":{"status":2,"audio":"AAAA"}}`,
  `{"header":{"code":0,"message":"ok"},"payload":{"audio":{"status":2,"seq":1,"audio":"AAAA"}}}`,
  `{"type":"audio-chunk","data":{"rate":24000,"width":2,"channels":1}}\n`,
  `{"type":"info","data":{"tts":[{"voices":[],"supports_synthesize_streaming":true}]}}\n`,
  `{"event_id":"1","type":"response.done","response":{"status":"failed","usage":{"characters":1}}}`,
];

const text = fc.oneof(mutatedText(MESSAGES), fc.json(), fc.string());
const message = fc.oneof(text, text.map((text) => new TextEncoder().encode(text)), fc.uint8Array());

test("whatever a service says, it is events or an error of the service", () => {
  const expected = new Set(["started", "sound", "asks", "ended"]);
  for (const [name, make] of Object.entries(WIRES)) {
    fc.assert(
      fc.property(message, (message) => {
        try {
          assert(make().read(message).every(({ type }) => expected.has(type)));
        } catch (thrown) {
          assert(thrown instanceof EarshotError, `${name}: ${thrown}`);
          assert(thrown.code.startsWith("tts."), `${name}: ${thrown.code}`);
          assert(thrown.message.startsWith(serviceError(SERVICE, "failed").message));
        }
      }),
      { numRuns: 1_000 },
    );
  }
});

test("all text is sent, and as it is", () => {
  for (const [name, make] of Object.entries(PLAIN_WIRES)) {
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
function textOf(message: string | Uint8Array): string {
  const { text, payload } = JSON.parse(String(message));
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
