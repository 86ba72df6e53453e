import { assertEquals } from "@std/assert";
import { CHAT_FLAVORS, chatFlavorOf, thinkingFields } from "../../../lib/llm/providers/chat_flavor.ts";
import { test } from "../../support/test.ts";

test("chatFlavorOf knows a server by its host, its port, or the model", () => {
  for (
    const [url, model, flavor] of [
      ["https://api.openai.com/v1", "gpt-4o-mini", "openai"],
      ["https://x.openai.azure.com/openai/v1?api-version=preview", "mine", "openai"],
      ["https://api.deepseek.com", "deepseek-chat", "deepseek"],
      ["https://dashscope.aliyuncs.com/compatible-mode/v1", "qwen-plus", "qwen"],
      ["https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "deepseek-v3", "qwen"],
      ["https://open.bigmodel.cn/api/paas/v4", "glm-4.6", "glm"],
      ["https://api.z.ai/api/paas/v4", "glm-4.6", "glm"],
      ["https://ark.cn-beijing.volces.com/api/v3", "ep-1", "doubao"],
      ["https://api.siliconflow.cn/v1", "Qwen/Qwen3-8B", "siliconflow"],
      ["https://generativelanguage.googleapis.com/v1beta/openai", "gemini-2.5-flash", "gemini"],
      ["http://192.168.1.20:11434/v1", "qwen3:8b", "ollama"],
      ["http://nas:1234/v1", "qwen3-8b", "lmstudio"],
      ["http://nas:8000/v1", "Qwen/Qwen3-8B", "vllm"],
      ["http://nas:8000/v1", "Llama-3.1-8B", "none"],
      ["http://nas:9997/v1", "qwen3", "xinference"],
      ["https://openrouter.example/v1", "openai/gpt-5-mini", "openai"],
      ["https://some.example/v1", "Qwen/Qwen3-8B", "qwen"],
      ["https://some.example/v1", "llama", "none"],
      ["https://deepseek.com.example/v1", "llama", "none"],
    ] as const
  ) assertEquals([url, model, chatFlavorOf(url, model)], [url, model, flavor]);
});

test("thinkingFields: each server has its words for not thinking, and for thinking", () => {
  const fields = (flavor: typeof CHAT_FLAVORS[number], model: string, on = false) =>
    thinkingFields(flavor, { model, on }).fields;
  const off = { type: "disabled" };
  assertEquals(fields("deepseek", "m"), { thinking: off });
  assertEquals(fields("doubao", "m"), { thinking: off });
  assertEquals(fields("glm", "glm-4.6"), { thinking: off });
  assertEquals(fields("glm", "glm-5.3"), { reasoning_effort: "low" });
  assertEquals(fields("qwen", "m"), { enable_thinking: false });
  assertEquals(fields("siliconflow", "m"), { enable_thinking: false });
  assertEquals(fields("vllm", "m"), { chat_template_kwargs: { enable_thinking: false } });
  assertEquals(fields("llamacpp", "m"), { chat_template_kwargs: { enable_thinking: false } });
  assertEquals(fields("gemini", "m"), { reasoning_effort: "none" });
  assertEquals(fields("ollama", "m"), { reasoning_effort: "none" });
  assertEquals(fields("openai", "gpt-4o"), {});
  assertEquals(fields("openai", "gpt-5-chat-latest"), {});
  assertEquals(fields("openai", "gpt-5-mini"), { reasoning_effort: "minimal" });
  assertEquals(fields("openai", "gpt-5.1"), { reasoning_effort: "none" });
  assertEquals(fields("openai", "o4-mini"), { reasoning_effort: "low" });
  for (const flavor of ["none", "lmstudio", "xinference"] as const) assertEquals(fields(flavor, "m"), {});
  assertEquals(fields("deepseek", "m", true), { thinking: { type: "enabled" } });
  assertEquals(fields("qwen", "m", true), { enable_thinking: true });
  for (const flavor of CHAT_FLAVORS) {
    assertEquals(thinkingFields(flavor, { model: "m", on: true }).thinks, true, flavor);
    assertEquals(thinkingFields(flavor, { model: "m", on: false }).thinks, false, flavor);
  }
  assertEquals(thinkingFields("openai", { model: "o3", on: false }).thinks, true);
});
