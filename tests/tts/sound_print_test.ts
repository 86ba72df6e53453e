import { assertEquals, assertNotEquals } from "@std/assert";
import { soundPrint } from "../../lib/tts/mod.ts";
import { test } from "../support/test.ts";

const block = { type: "openai", url: "http://a/v1", voice: "alloy", speed: 1 };

test("soundPrint: what may change the sound changes it", () => {
  const prints = [
    soundPrint("one", block),
    soundPrint("other", block),
    ...[{ voice: "onyx" }, { url: "http://b/v1" }, { speed: 1.1 }, { extra: { gain: 2 } }]
      .map((change) => soundPrint("one", { ...block, ...change })),
  ];
  assertEquals(new Set(prints).size, prints.length);
  assertNotEquals(soundPrint("one", { type: "openai" }), soundPrint("one", { type: "edge" }));
});

test("soundPrint: secrets, deadlines, bounds and the order of the keys change nothing", () => {
  const print = soundPrint("one", block);
  const same = [
    { apiKey: { env: "KEY" } },
    { apiKey: { file: "/a" } },
    { firstSoundTimeoutMs: 1, maxStreams: 2, retries: 0 },
    { tls: { verify: false } },
    { instructions: undefined },
  ];
  for (const change of same) assertEquals(soundPrint("one", { ...block, ...change }), print);
  assertEquals(soundPrint("one", { speed: 1, voice: "alloy", url: "http://a/v1", type: "openai" }), print);
});
