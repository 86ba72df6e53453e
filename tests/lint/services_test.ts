import { assertEquals } from "@std/assert";
import { configNode, valuesOf } from "../../.ci/docs/schema_node.ts";
import { blockOf, goesTo, languagesOf, waysOf } from "../../.ci/docs/service_facts.ts";
import { servicesPage, unknownTrialTypes } from "../../.ci/docs/services.ts";
import { ASR_PROVIDERS } from "../../lib/asr/mod.ts";
import { LLM_PROVIDERS } from "../../lib/llm/mod.ts";
import { TTS_PROVIDERS } from "../../lib/tts/mod.ts";
import { TRIAL_TYPES } from "../real/trial_types.ts";
import { test } from "../support/test.ts";

const VOICES = Object.fromEntries(TTS_PROVIDERS.map((provider) => [provider.type, provider]));

/** A registered voice and its keys. */
function voice(type: string) {
  const provider = VOICES[type];
  const blocks = valuesOf(configNode().properties?.["tts"] ?? {})?.oneOf ?? [];
  const node = blocks.find(({ properties }) => properties?.["type"]?.const === type);
  if (provider === undefined || node === undefined) throw new Error(`Cannot test ${type}: it is no voice`);
  return { provider, node, ways: waysOf(provider, node) };
}

test("a trial against the real thing names types that are registered, and stands in its page", async () => {
  assertEquals(unknownTrialTypes(), []);
  const page = await Deno.readTextFile(new URL("../../docs/real-servers.md", import.meta.url));
  assertEquals(Object.keys(TRIAL_TYPES).filter((name) => !page.includes(`\n| \`${name}\` `)), []);
});

test("the table of services has one row for each registered type", () => {
  const [, ...sections] = servicesPage().split(/^## .*$/m);
  const rows = sections.map((section) =>
    [...section.matchAll(/^\| `(\w+)` \| (?!What)/gm)].map(([, type]) => type)
  );
  const registered = [ASR_PROVIDERS, LLM_PROVIDERS, TTS_PROVIDERS].map((all) => all.map(({ type }) => type));
  assertEquals(rows, registered);
});

test("what a block needs is what its keys and its check ask for, each way once", () => {
  assertEquals(voice("flite").ways, [[]]);
  assertEquals(voice("aliyunNls").ways, [["appKey", "token"], ["appKey", "accessKeyId", "accessKeySecret"]]);
  assertEquals(voice("azure").ways, [["url"], ["region", "apiKey"]]);
});

test("where answers go is said with what leads elsewhere", () => {
  const said = (type: string) => {
    const { provider, node, ways } = voice(type);
    return goesTo(provider, node, ways);
  };
  assertEquals(said("flite"), "this machine");
  assertEquals(said("http"), "where `url` leads");
  assertEquals(said("piper"), "where `url` leads: by default this machine");
  assertEquals(
    said("aliyunNls"),
    "nls-gateway-cn-shanghai.aliyuncs.com; nls-gateway-cn-beijing.aliyuncs.com with `mode: flowing`",
  );
  assertEquals(
    said("azure"),
    "where `url` leads; westeurope.tts.speech.microsoft.com with `region` and `apiKey`",
  );
});

test("languages that follow from the voice are said to", () => {
  const said = (type: string) => {
    const { provider, node, ways } = voice(type);
    return languagesOf(provider, node, blockOf(provider, node, ways[0] ?? []));
  };
  assertEquals(said("flite"), "`en`");
  assertEquals(said("openai"), "any");
  assertEquals(said("edge"), "those of `voice`: by default `zh-CN`");
  assertEquals(said("sherpa"), "those of `model`");
});
