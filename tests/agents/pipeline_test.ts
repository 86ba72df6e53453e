import { assertEquals } from "@std/assert";
import { isSamePipeline, pipelineFor } from "../../lib/agents/mod.ts";
import { configOf } from "../support/config_of.ts";
import { capabilitiesOf } from "../../lib/asr/mod.ts";
import { test } from "../support/test.ts";

const PCM = { endpointing: true, encodings: ["pcm16"] } as const;
const BILLED = { ...PCM, billed: true } as const;
const FREE = { ...PCM, billed: false } as const;

function startsBy(...chain: Parameters<typeof pipelineFor>[0]): string {
  const { endpointing, startsBy } = pipelineFor(chain);
  return `${endpointing} ${startsBy}`;
}

test("our own detector begins what it ends", () => {
  assertEquals(startsBy({ capabilities: { ...PCM, endpointing: false } }), "vad detector");
  assertEquals(startsBy({ capabilities: BILLED, endpointing: "vad" }), "vad detector");
  assertEquals(startsBy({ capabilities: FREE, endpointing: "vad", startsBy: "packet" }), "vad detector");
});

test("what a service ends begins with a packet where silence costs nothing, and by our detector where it is paid for", () => {
  assertEquals(startsBy({ capabilities: PCM }), "service packet");
  assertEquals(startsBy({ capabilities: FREE, startsBy: "auto" }), "service packet");
  assertEquals(startsBy({ capabilities: BILLED }), "service detector");
});

test("a block has the last word on what begins an utterance", () => {
  assertEquals(startsBy({ capabilities: BILLED, startsBy: "packet" }), "service packet");
  assertEquals(startsBy({ capabilities: FREE, startsBy: "detector" }), "service detector");
});

test("a chain begins as the one of its services needs it that is paid for", () => {
  assertEquals(startsBy({ capabilities: FREE }, { capabilities: BILLED }), "service detector");
  assertEquals(
    startsBy({ capabilities: BILLED }, { capabilities: FREE, startsBy: "packet" }),
    "service detector",
  );
  assertEquals(
    startsBy({ capabilities: FREE }, { capabilities: BILLED, startsBy: "packet" }),
    "service packet",
  );
});

test("packets that a service takes as they are are passed on to it, whoever begins an utterance", () => {
  const capabilities = { endpointing: true, encodings: ["opus"], billed: true } as const;
  assertEquals(pipelineFor([{ capabilities }]), {
    endpointing: "service",
    startsBy: "detector",
    sound: "opus",
    ahead: false,
  });
});

test("pipelines that begin in another way are not the same", () => {
  const one = pipelineFor([{ capabilities: BILLED }]);
  assertEquals(isSamePipeline(one, { ...one }), true);
  assertEquals(isSamePipeline(one, { ...one, startsBy: "packet" }), false);
});

test("sound is decoded here only where a service wants it so; what the engine hears stays there", () => {
  const member = (encodings: readonly ("pcm16" | "opus" | "engine")[]) => ({
    capabilities: { endpointing: false, encodings },
  });
  const soundOf = (...chain: Parameters<typeof pipelineFor>[0]) => pipelineFor(chain).sound;
  assertEquals(soundOf(member(["engine"])), "engine");
  assertEquals(soundOf(member(["opus", "pcm16"]), member(["opus"])), "opus");
  assertEquals(soundOf(member(["pcm16"])), "pcm");
  assertEquals(soundOf(member(["engine"]), member(["pcm16"])), "pcm");
  assertEquals(soundOf(member(["opus"]), member(["engine"])), "pcm");
});

test("something begins ahead where a recognizer does, or where one that streams is answered ahead", () => {
  const aheadOf = (
    capabilities: { readonly ahead?: boolean; readonly streaming?: boolean },
    answersAhead = false,
  ) => pipelineFor([{ capabilities: { ...PCM, ...capabilities } }], { answersAhead }).ahead;
  assertEquals([aheadOf({}), aheadOf({ ahead: true }), aheadOf({ streaming: true })], [false, true, false]);
  assertEquals([aheadOf({ streaming: true }, true), aheadOf({ streaming: false }, true)], [true, false]);
});

test("clouds are paid for, servers of one's own are not", () => {
  const secret = { env: "NONE" };
  const blocks = configOf({
    agents: { default: { asr: "vosk" } },
    asr: {
      aliyunNls: { type: "aliyunNls", appKey: "key", token: secret },
      dashscope: { type: "dashscope", apiKey: secret },
      doubao: { type: "doubao", apiKey: secret },
      doubaoV2: { type: "doubaoV2", appId: "id", cluster: "cluster", accessToken: secret },
      tencent: { type: "tencent", appId: "1250", secretId: "id", secretKey: secret },
      qwenRealtime: { type: "qwenRealtime", apiKey: secret },
      openaiRealtime: { type: "openaiRealtime", apiKey: secret },
      xunfei: { type: "xunfei", appId: "id", apiKey: secret, apiSecret: secret },
      funasr: { type: "funasr" },
      vosk: { type: "vosk" },
      sherpaServer: { type: "sherpaServer" },
      wyoming: { type: "wyoming" },
    },
  }).asr;
  const billed = Object.entries(blocks).flatMap(([name, block]) =>
    capabilitiesOf(block).billed === true ? [name] : []
  );
  assertEquals(billed.toSorted(), [
    "aliyunNls",
    "dashscope",
    "doubao",
    "doubaoV2",
    "openaiRealtime",
    "qwenRealtime",
    "tencent",
    "xunfei",
  ]);
});
