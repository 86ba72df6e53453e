import { assertEquals } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { readChatFault } from "../../../lib/llm/providers/chat_fault.ts";
import { ToolSupport } from "../../../lib/llm/providers/tool_support.ts";
import { test } from "../../support/test.ts";

const error = new EarshotError("llm.config", "Cannot answer");

/** What is learned of a refusal: that no tools are taken, that one of them is not, or nothing of tools. */
function learned(status: number, body: unknown): "always" | "once" | undefined {
  const support = new ToolSupport();
  const fault = readChatFault(typeof body === "string" ? body : JSON.stringify(body));
  if (!support.learn(fault, { status, error })) return undefined;
  assertEquals(support.takes, support.refusal?.always !== true);
  return support.refusal?.always === true ? "always" : "once";
}

const words = (message: string, param: string | null = null) => ({ error: { message, param } });

test("ToolSupport: servers and models that take no tools, in their own words", () => {
  for (
    const [status, body] of [
      [400, words("Unsupported parameter.", "tools")],
      [400, { error: "Unknown field `tools` in request." }],
      [422, {
        detail: [{ type: "extra_forbidden", loc: ["body", "tools"], msg: "Extra inputs are not permitted" }],
      }],
      [400, words('"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set')],
      [500, words("tools param requires --jinja flag")],
      [400, { error: "registry.ollama.ai/library/gemma:2b does not support tools" }],
      [400, { code: 20037, message: "Function call is not supported for this model.", data: null }],
      [400, [{ error: { code: 400, message: "Function calling is not enabled for models/gemma-3-27b-it" } }]],
      [404, words("No endpoints found that support tool use.")],
      [400, { detail: "Only ['qwen2.5-instruct'] support tool calls" }],
      [400, words("deepseek-reasoner does not support Function Calling")],
      [400, words("`tool calling` is not supported with this model")],
      [400, words("tools: Extra inputs are not permitted")],
    ] as const
  ) assertEquals([body, learned(status, body)], [body, "always"]);
});

test("ToolSupport: how one tool is described says nothing of the others", () => {
  for (
    const [status, body] of [
      [400, words("Invalid schema for function 'f'.", "tools[0].function.parameters")],
      [422, { detail: [{ type: "x", loc: ["body", "tools", 0, "function", "name"], msg: "too long" }] }],
      [400, words("tools.0.custom.input_schema: JSON schema is invalid")],
      [400, [{
        error: { message: "GenerateContentRequest.tools[0].function_declarations[0].name: Invalid name" },
      }]],
    ] as const
  ) assertEquals([body, learned(status, body)], [body, "once"]);
});

test("ToolSupport: other refusals say nothing of tools", () => {
  for (
    const [status, body] of [
      [401, words("The key does not support tools")],
      [429, words("Rate limit reached for tools")],
      [503, words("Loading model")],
      [500, words("The server had an error")],
      [400, words("Unsupported parameter", "temperature")],
      [400, words("An assistant message with 'tool_calls' must be followed by tool messages", "messages")],
      [400, words("prompt is too long: 210000 tokens > 200000 maximum")],
      [400, words("This model does not support images")],
      [404, words("The model `m` does not exist.")],
    ] as const
  ) assertEquals([body, learned(status, body)], [body, undefined]);
});
