import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { checkVision } from "../../lib/app/check/vision_check.ts";
import { dataSentence, serviceNeeds, whereDataGoes } from "../../lib/app/mod.ts";
import { visionFaults } from "../../lib/app/vision_faults.ts";
import { systemClock } from "../../lib/lifecycle/mod.ts";
import {
  Answerer,
  LLM_PROVIDERS,
  type LlmCapabilities,
  LlmRunner,
  llmServiceKeys,
} from "../../lib/llm/mod.ts";
import { imageTypeOf } from "../../lib/server/vision/image_type.ts";
import { lookAtPhoto } from "../../lib/server/mod.ts";
import { startChatCompletions } from "../support/emulators/chat_completions.ts";
import { configOf } from "../support/config_of.ts";
import { FakeLlm } from "../support/fake_llm.ts";
import { openLlm } from "../support/open_llm.ts";
import { IMAGES } from "../support/photo_upload.ts";
import { test } from "../support/test.ts";

const NEVER = new AbortController().signal;
const LLM = {
  talk: { type: "openai", url: "https://talk.example/v1", model: "t" },
  see: { type: "openai", url: "https://see.example/v1", model: "s" },
};
const config = configOf({ llm: LLM, agents: { default: { llm: "talk" } } });
const tools = { ...config.tools, vision: { llm: "see", maxTokens: 400 } };

const CAPABILITIES: LlmCapabilities = { stateless: true, local: false, maxConcurrent: 8, languages: "any" };

test("visionFaults: a language model that is none, or sees nothing, is told where it stands", () => {
  const sees = (vision: boolean, stateless = true) => () => ({ ...CAPABILITIES, vision, stateless });
  assertEquals(visionFaults({ ...config, tools: { ...config.tools, open: true } }), []);
  assertEquals(visionFaults({ ...config, tools }, sees(true)), []);
  for (const capabilities of [sees(false), sees(true, false)]) {
    const [fault, ...others] = visionFaults({ ...config, tools }, capabilities);
    assertEquals([fault?.path, others], [["tools", "vision", "llm"], []]);
    assertMatch(fault?.message ?? "", /^see is not known to see images: /);
  }
  const cat = { ...config, tools: { ...tools, vision: { ...tools.vision, llm: "cat" } } };
  assertEquals(visionFaults(cat).map(({ message }) => message), [
    "there is no language model cat in llm; add one that sees images",
  ]);
  assertEquals(visionFaults(cat, ({ model }) => sees(model === "s")()).map(({ message }) => message), [
    "there is no language model cat in llm; give one that sees images: see",
  ]);
});

test("serviceNeeds: what looks at photos is opened as well, once", () => {
  const needs = serviceNeeds({ ...config, tools });
  assertEquals([needs.llms, needs.seeing].map((all) => all.map(({ name }) => name)), [["talk"], ["see"]]);
  const same = serviceNeeds({ ...config, tools: { ...tools, vision: { ...tools.vision, llm: "talk" } } });
  assertEquals([same.llms.length, same.seeing], [1, []]);
  assertEquals(serviceNeeds(config).seeing, []);
});

test("whereDataGoes: photos go to what looks at them", () => {
  const [paths] = whereDataGoes({ ...config, tools });
  assert(paths !== undefined);
  assertStringIncludes(dataSentence(paths), "; photos go to see.example; ");
  const [usual] = whereDataGoes(config);
  assert(usual !== undefined && !dataSentence(usual).includes("photo"));
});

test("checkVision: has a picture looked at, and says what is wrong", async () => {
  const eye = new FakeLlm({
    clock: systemClock,
    name: "see",
    vision: true,
    script: () => ({ text: "Red." }),
  });
  const check = () =>
    checkVision(eye, { block: { type: "openai" }, vision: tools.vision, language: "en", signal: NEVER });
  const { firstTokenMs = -1, ...well } = await check();
  assertEquals([well, firstTokenMs >= 0], [
    { service: "tools.vision", ok: true, reachable: "yes", authorized: "yes" },
    true,
  ]);
  const [image] = eye.calls[0]?.request.images ?? [];
  assertEquals([image?.mimeType, imageTypeOf(image?.data ?? new Uint8Array())], ["image/jpeg", "image/jpeg"]);
  eye.script = () => ({ fault: { at: "headers", error: "llm.auth" } });
  const { ok, authorized, fault } = await check();
  assertEquals([ok, authorized, fault?.code], [false, "no", "llm.auth"]);
});

/** Whether the providers send images; they learn that on a branch of its own. */
const sendsImages = LLM_PROVIDERS.some(({ type, shape }) => type === "openai" && "vision" in shape);

test("a server of chat completions gets the photo as a data URL", async () => {
  await using emulator = await startChatCompletions("openai", { behavior: { answer: "A cat." } });
  const provider = await openLlm({ type: "openai", url: emulator.url, model: "m", vision: true });
  try {
    const runner = new LlmRunner(provider, { ...llmServiceKeys.parse({}), clock: systemClock });
    const image = { mimeType: "image/jpeg", data: IMAGES.jpeg } as const;
    const looker = { answerer: new Answerer([runner]), maxTokens: 99 };
    const asked = { image, question: "What?", language: "en", deviceId: "d" };
    assertEquals(await lookAtPhoto(looker, asked, NEVER), "A cat.");
    const sent = JSON.stringify(emulator.questions.at(-1)?.body);
    assertStringIncludes(sent, `data:image/jpeg;base64,${IMAGES.jpeg.toBase64()}`);
    assertStringIncludes(sent, "What?");
  } finally {
    await provider.close?.();
  }
}, { ignore: !sendsImages });
