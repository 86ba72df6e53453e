import { assertEquals, assertRejects } from "@std/assert";
import { EarshotError, type ErrorCode } from "../../../lib/errors/mod.ts";
import { Rig } from "../../contract/rig.ts";
import { doubaoV2Subject } from "../../contract/subjects.ts";
import { test } from "../../support/test.ts";

test("each code of v2 is an error of ours; the four that may pass are retryable, and only those", async () => {
  const meant: Readonly<Record<number, readonly [ErrorCode, boolean]>> = {
    1001: ["asr.config", false],
    1002: ["asr.auth", false],
    1003: ["asr.throttled", true],
    1004: ["asr.quota", false],
    1005: ["asr.throttled", true],
    1010: ["asr.bad_input", false],
    1011: ["asr.bad_input", false],
    1012: ["asr.bad_input", false],
    1020: ["asr.timeout", true],
    1021: ["asr.timeout", true],
    1022: ["asr.failed", false],
    1099: ["asr.failed", false],
  };
  const fault = { at: "start", what: "error", kind: "config" } as const;
  for (const [code, expected] of Object.entries(meant)) {
    const subject = doubaoV2Subject({ gzip: true, refusesIn: "reply", code: Number(code) });
    await using rig = await Rig.open(subject, { script: { fault } });
    const utterance = rig.start();
    const error = await assertRejects(() => utterance.result, EarshotError);
    assertEquals<readonly unknown[]>([error.code, error.retryable], expected, code);
  }
});
