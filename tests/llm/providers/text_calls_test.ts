import { assertEquals } from "@std/assert";
import type { LlmTool } from "../../../lib/llm/mod.ts";
import { TextCalls } from "../../../lib/llm/providers/text_calls.ts";
import type { CallFragment } from "../../../lib/llm/providers/tool_call_merger.ts";
import fc from "../../support/fast_check.ts";
import { test } from "../../support/test.ts";

const TOOLS: readonly LlmTool[] = [{ name: "f", description: "", parameters: { type: "object" } }];
const F = { name: "f", arguments: { a: 1 } };
const JSON_F = '{"name": "f", "arguments": {"a": 1}}';

/** What is said, and what is called. */
function read(pieces: readonly string[]): readonly [string, readonly CallFragment[]] {
  const calls: CallFragment[] = [];
  const reading = new TextCalls(TOOLS, (call) => calls.push(call));
  const said = pieces.map((piece) => reading.push(piece)).join("");
  return [said + reading.end(), calls];
}

const CASES: readonly (readonly [text: string, said: string, calls: readonly CallFragment[]])[] = [
  [`Now.<tool_call>${JSON_F}</tool_call> Then.`, "Now. Then.", [F]],
  [`<tool_call>\n${JSON_F}\n</tool_call>\n<tool_call>${JSON_F}</tool_call>`, "\n", [F, F]],
  [`<tool_call>{"name":"g"}</tool_call>`, "", [{ name: "g", arguments: {} }]],
  [`<tool_call>{"name":"f","parameters":{"a":1}}</tool_call>`, "", [F]],
  [`<tool_call>{"name":"f","arguments":"{\\"a\\":1}"}</tool_call>`, "", [{
    name: "f",
    arguments: '{"a":1}',
  }]],
  [`<tool_call>{"function":${JSON_F}}</tool_call>`, "", [F]],
  [`<tool_call>[${JSON_F},${JSON_F}]</tool_call>`, "", [F, F]],
  // Never spoken, whatever is in it.
  ["<tool_call>{broken</tool_call>So.", "So.", []],
  [`<tool_call>${JSON_F}`, "", [F]],
  ['<tool_call>{"name":', "", []],
  ["a < b, <tool_cal, <tool>", "a < b, <tool_cal, <tool>", []],
  ["Look: ```json\n" + JSON_F + "\n```Done.", "Look: Done.", [F]],
  ["```\n" + JSON_F + "\n```", "", [F]],
  ["```" + JSON_F + "```", "", [F]],
  ["```tool_call\n[" + JSON_F + "]\n```", "", [F]],
  ["```json\n" + JSON_F, "", [F]],
  // JSON that is no call of a tool, and code, stay text.
  ['```json\n{"name": "g", "arguments": {}}\n``` so', '```json\n{"name": "g", "arguments": {}}\n``` so', []],
  ['```json\n{"a": 1}\n```', '```json\n{"a": 1}\n```', []],
  ["```js\nf({})\n```\n{} and `{}` or ``", "```js\nf({})\n```\n{} and `{}` or ``", []],
  ["```\ntext\n```\n{ and so on ```json\n" + JSON_F + "\n```", "```\ntext\n```\n{ and so on ", [F]],
];

test("TextCalls: calls are taken out of a text wherever it is cut, and everything else stays", () => {
  for (const [text, said, calls] of CASES) {
    assertEquals([text, ...read([text])], [text, said, calls]);
    assertEquals([text, ...read([...text])], [text, said, calls]);
    for (let at = 1; at < text.length; at++) {
      assertEquals([text, at, ...read([text.slice(0, at), text.slice(at)])], [text, at, said, calls]);
    }
  }
});

test("TextCalls: a text without tags and fences comes through unchanged, at once but for what may begin one", () => {
  const piece = fc.string({ maxLength: 8 }).map((text) => text.replaceAll("```", "``"));
  fc.assert(fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
    const text = pieces.join("");
    fc.pre(!text.includes("```") && !text.includes("<tool_call>"));
    assertEquals(read(pieces), [text, []]);
  }));
  const reading = new TextCalls(TOOLS, () => {});
  assertEquals(["Good ", "mor", "ning <", "b>"].map((piece) => reading.push(piece)), [
    "Good ",
    "mor",
    "ning ",
    "<b>",
  ]);
});

test("TextCalls: no more than 64 KB is held of a call, nor of a fence", () => {
  const long = "x".repeat(100_000);
  assertEquals(read([`<tool_call>{"name":"f","arguments":"`, long, `"}</tool_call>So.`]), ["So.", []]);
  const block = '```json\n{"x":"' + long + '"}\n```';
  assertEquals(read([block.slice(0, 50), block.slice(50, 90_000), block.slice(90_000)]), [block, []]);
});
