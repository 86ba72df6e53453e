import { assertEquals } from "@std/assert";
import { EarshotError, type ErrorCode } from "../../../lib/errors/mod.ts";
import { connectionError } from "../../../lib/service/mod.ts";
import { connectError } from "../../../lib/net/mod.ts";
import { Rig } from "../../contract/rig.ts";
import { SUBJECTS } from "../../contract/subjects.ts";
import type { Dialect, EmulatorIo } from "../../support/emulators/emulator.ts";
import { test } from "../../support/test.ts";

type Meaning = ErrorCode | "no words";

/** What an adapter makes of a fault, and whether it is tried again. */
type Verdict = readonly [meaning: Meaning, retryable: boolean];

/** A service that says one thing, however it is greeted. */
function saying(say: (io: EmulatorIo, asked: string) => void, { first = false } = {}): Dialect {
  return {
    connect: (io) => {
      let said = false;
      const once = (asked: string) => {
        if (!said) say(io, asked);
        said = true;
      };
      if (first) queueMicrotask(() => once(""));
      const silent = () => {};
      return {
        text: once,
        binary: () => once(""),
        partial: silent,
        final: silent,
        end: silent,
        error: silent,
      };
    },
  };
}

/** How each service says a fault. */
const SAY: Readonly<Record<string, (code: string) => Dialect>> = {
  "doubao bigmodel_async pcm gzip": (code) =>
    saying((io) => {
      const words = new TextEncoder().encode('{"error":"no"}');
      const frame = new Uint8Array(12 + words.length);
      frame.set([0x11, 0xf0, 0x10, 0]);
      new DataView(frame.buffer).setUint32(4, Number(code));
      new DataView(frame.buffer).setUint32(8, words.length);
      frame.set(words, 12);
      io.send(frame);
    }),
  "aliyunNls transcriber pcm": (code) =>
    saying((io) => {
      const header = { namespace: "Default", name: "TaskFailed", status: Number(code), status_text: "no" };
      io.send(JSON.stringify({ header }));
    }),
  "dashscope pcm": (error_code) =>
    saying((io, asked) => {
      const { header: { task_id } } = JSON.parse(asked);
      const header = { event: "task-failed", task_id, error_code, error_message: "no" };
      io.send(JSON.stringify({ header, payload: {} }));
    }),
  "xunfei v2": (code) =>
    saying((io) => io.send(JSON.stringify({ code: Number(code), message: "no", sid: "x", data: null }))),
  "xunfei spark": (code) =>
    saying((io) => io.send(JSON.stringify({ header: { code: Number(code), message: "no", sid: "x" } }))),
  tencent: (code) =>
    saying((io) => io.send(JSON.stringify({ code: Number(code), message: "no", voice_id: "x" })), {
      first: true,
    }),
};

const XUNFEI: Readonly<Record<string, Verdict>> = {
  10005: ["asr.auth", false],
  10313: ["asr.auth", false],
  11200: ["asr.auth", false],
  11203: ["asr.auth", false],
  11201: ["asr.quota", false],
  11202: ["asr.throttled", true],
  10014: ["asr.timeout", true],
  10114: ["asr.timeout", true],
  10200: ["asr.timeout", true],
  10043: ["asr.bad_input", false],
  10160: ["asr.protocol", false],
  10163: ["asr.config", false],
  10165: ["asr.protocol", false],
};

/** Every code that is known of the services. */
const CODES: Readonly<Record<string, Readonly<Record<string, Verdict>>>> = {
  "doubao bigmodel_async pcm gzip": {
    45000001: ["asr.config", false],
    45000002: ["no words", false],
    45000010: ["asr.auth", false],
    45000030: ["asr.quota", false],
    45000081: ["asr.disconnected", true],
    45000151: ["asr.bad_input", false],
    45000292: ["asr.throttled", true],
    55000031: ["asr.throttled", true],
    55012345: ["asr.throttled", true],
  },
  "aliyunNls transcriber pcm": {
    40000001: ["asr.auth", false],
    40000002: ["asr.protocol", false],
    40000004: ["asr.disconnected", true],
    40000005: ["asr.throttled", true],
    40000009: ["asr.bad_input", false],
    40000010: ["asr.quota", false],
    40010001: ["asr.protocol", false],
    40010003: ["asr.protocol", false],
    40010004: ["asr.protocol", false],
    40010005: ["asr.protocol", false],
    40020105: ["asr.config", false],
    40020106: ["asr.config", false],
    40270002: ["no words", false],
    40270003: ["asr.bad_input", false],
    40270004: ["no words", false],
    41000002: ["asr.config", false],
    41000003: ["asr.config", false],
    41010101: ["asr.bad_input", false],
    50000000: ["asr.failed", true],
    50000001: ["asr.failed", true],
    52010001: ["asr.failed", true],
  },
  "dashscope pcm": {
    NO_VALID_AUDIO_ERROR: ["no words", false],
    NO_INPUT_AUDIO_ERROR: ["no words", false],
    "Throttling.RateQuota": ["asr.throttled", true],
    "Throttling.AllocationQuota": ["asr.throttled", true],
    ResponseTimeout: ["asr.timeout", true],
    CLIENT_ERROR: ["asr.disconnected", true],
    InvalidParameter: ["asr.config", false],
    "AccessDenied.Unpurchased": ["asr.quota", false],
    "Model.AccessDenied": ["asr.config", false],
  },
  "xunfei v2": XUNFEI,
  "xunfei spark": XUNFEI,
  tencent: {
    4002: ["asr.auth", false],
    4006: ["asr.throttled", true],
    4008: ["asr.disconnected", true],
    5000: ["asr.failed", true],
    5001: ["asr.failed", true],
    5002: ["asr.failed", true],
  },
};

for (const [name, codes] of Object.entries(CODES)) {
  test(`${name}: each code is an error of ours, and only what may pass is tried again`, async () => {
    const subject = SUBJECTS.find((one) => one.name === name);
    const say = SAY[name];
    if (subject === undefined || say === undefined) throw new Error(`nobody is called ${name}`);
    const verdicts: Record<string, Verdict> = {};
    for (const code of Object.keys(codes)) {
      await using rig = await Rig.open({ ...subject, dialect: say(code) });
      const utterance = rig.start();
      rig.hear(utterance, 6);
      verdicts[code] = await utterance.result.then(
        ({ text }): Verdict => [text === "" ? "no words" : "asr.protocol", false],
        (thrown): Verdict => {
          const error = EarshotError.from(thrown);
          return [error.code, error.retryable];
        },
      );
    }
    assertEquals(verdicts, codes);
  });
}

test("a service that cannot be reached is told with its host and port, however long its name", () => {
  const url = "wss://dashscope-intl.a-very-long-name.example/api-ws/v1/inference?key=s3cret";
  const { code, message } = connectionError(
    { family: "asr", name: "dashscope" },
    connectError(url, new Error("it ended the connection")),
  );
  assertEquals([code, message], [
    "asr.unreachable",
    "Cannot recognize with dashscope: Cannot reach dashscope-intl.a-very-long-name.example:443: " +
    "it ended the connection",
  ]);
});
