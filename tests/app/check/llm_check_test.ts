import { assertEquals } from "@std/assert";
import { checkLlm } from "../../../lib/app/check/llm_check.ts";
import type { ErrorCode } from "../../../lib/errors/mod.ts";
import { systemClock } from "../../../lib/lifecycle/mod.ts";
import { FakeLlm } from "../../support/fake_llm.ts";
import { test } from "../../support/test.ts";

const check = (error?: ErrorCode) =>
  checkLlm(
    new FakeLlm({
      clock: systemClock,
      name: "home",
      script: () => error === undefined ? { text: "Hello." } : { fault: { at: "first_token", error } },
    }),
    { block: { type: "homeAssistant" }, language: "en", signal: new AbortController().signal },
  );

test("checkLlm: one that answers, or has no rule for a greeting, is well; one that fails is not", async () => {
  const { firstTokenMs = -1, ...well } = await check();
  assertEquals([well, firstTokenMs >= 0], [
    { service: "llm.home", ok: true, reachable: "yes", authorized: "yes" },
    true,
  ]);
  assertEquals(await check("llm.unmatched"), well);
  const { ok, authorized, fault } = await check("llm.auth");
  assertEquals([ok, authorized, fault?.code], [false, "no", "llm.auth"]);
});
