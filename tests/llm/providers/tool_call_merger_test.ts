import { assert, assertEquals } from "@std/assert";
import type { LlmToolCall } from "../../../lib/llm/mod.ts";
import { MAX_CALL_BYTES, MAX_CALLS } from "../../../lib/llm/mod.ts";
import { type CallFragment, ToolCallMerger } from "../../../lib/llm/providers/tool_call_merger.ts";
import {
  CALL_SHAPE_NAMES,
  CALL_SHAPES,
  type CallShape,
  chunksOf,
  type Cut,
  hasId,
  numbered,
  type ScriptedCall,
  type SentFragment,
} from "../../support/emulators/call_shapes.ts";
import fc from "../../support/fast_check.ts";
import { test } from "../../support/test.ts";

/** An entry of `tool_calls` as the reader hands it on. */
function fragmentOf(sent: SentFragment): CallFragment {
  const { name, arguments: text } = Object(sent["function"]);
  const { id, index }: { readonly id?: string | null; readonly index?: number } = sent;
  return { id, index, name, arguments: text };
}

function merged(chunks: readonly (readonly SentFragment[])[], whole = true): readonly LlmToolCall[] {
  let ids = 0;
  const merger = new ToolCallMerger({ newId: () => `own_${++ids}` });
  for (const sent of chunks.flat()) merger.push(fragmentOf(sent));
  return merger.conclude({ whole });
}

/** What comes of calls in a shape. */
function expected(shape: CallShape, calls: readonly ScriptedCall[]): readonly LlmToolCall[] {
  return numbered(calls).map(({ id, name, arguments: text }, index) => ({
    id: hasId(shape) ? id : `own_${index + 1}`,
    name,
    // An object is written anew.
    arguments: shape === "objects" ? JSON.stringify(JSON.parse(text)) : text,
  }));
}

const CALLS: readonly ScriptedCall[] = [
  { name: "get_weather", arguments: '{"city":"São Paulo {\\"x\\"}","days":[1,{"a":"}{"}]}' },
  { name: "louder", arguments: "{}" },
  { name: "get_weather", arguments: '{"city": "北京 🙂"}' },
];

for (const shape of CALL_SHAPE_NAMES) {
  test(`ToolCallMerger: calls in the shape ${shape}, cut anywhere`, () => {
    assertEquals(merged(chunksOf(shape, CALLS)), expected(shape, CALLS));
    const cuts: readonly Cut[] = [
      (text) => [text],
      (text) => [...text],
      (text) => ["", ...text.split(/(?=[{}"])/), ""],
    ];
    for (const cut of cuts) assertEquals(merged(chunksOf(shape, CALLS, cut)), expected(shape, CALLS));
    for (const [call] of CALLS.map((call) => [call] as const)) {
      for (let at = 0; at <= call.arguments.length; at++) {
        const cut: Cut = (text) => [text.slice(0, at), text.slice(at)];
        assertEquals(merged(chunksOf(shape, [call], cut)), expected(shape, [call]), `cut at ${at}`);
      }
    }
  });
}

test("ToolCallMerger: any calls in any shape, cut at any places, are these calls", () => {
  assertEquals([...CALL_SHAPE_NAMES].sort(), Object.keys(CALL_SHAPES).sort());
  const text = fc.dictionary(fc.string({ maxLength: 6 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 })
    .map((value) => JSON.stringify(value));
  const calls = fc.uniqueArray(
    fc.record({ name: fc.constantFrom("a", "get_weather", "louder"), arguments: text }),
    // The same call without a number is one call.
    { minLength: 1, maxLength: 5, selector: (call) => JSON.stringify(call) },
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...CALL_SHAPE_NAMES),
      calls,
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 }),
      (shape, calls, lengths) => {
        // Two calls of one tool, of which the first has no arguments, are told apart by their numbers alone.
        fc.pre(shape !== "bare" || new Set(calls.map(({ name }) => name)).size === calls.length);
        const cut: Cut = (text) => {
          const pieces: string[] = [];
          for (let at = 0, turn = 0; at < text.length; turn++) {
            const length = lengths[turn % lengths.length] ?? 1;
            pieces.push(text.slice(at, at + length));
            at += length;
          }
          return pieces;
        };
        assertEquals(merged(chunksOf(shape, calls, cut)), expected(shape, calls));
      },
    ),
    { numRuns: 500 },
  );
});

test("ToolCallMerger: whatever fragments come, calls have a name, an id of their own and some arguments", () => {
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
  const fragment = fc.record({
    id: maybe(fc.constantFrom("", "a", "b", "c")),
    index: maybe(fc.integer({ min: 0, max: 2 })),
    name: maybe(fc.constantFrom("", "f", "g")),
    arguments: maybe(
      fc.oneof(fc.constantFrom("", "{}", "{", "}", '"', "x", '{"a":1}'), fc.constant({ a: 1 })),
    ),
  });
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 30 }), fc.boolean(), (fragments, whole) => {
      const merger = new ToolCallMerger({ taken: ["a"] });
      for (const one of fragments) merger.push(one);
      const calls = merger.conclude({ whole });
      const ids = calls.map(({ id }) => id);
      assertEquals(new Set(["a", ...ids]).size, ids.length + 1);
      assert(calls.every(({ id, name, arguments: text }) => id !== "" && name !== "" && text !== ""));
    }),
    { numRuns: 1_000 },
  );
});

test("ToolCallMerger: an id for each fragment is still one call, and one id for all are several", () => {
  assertEquals(
    merged([
      [{ index: 0, id: "x1", function: { name: "f", arguments: '{"a"' } }],
      [{ index: 0, id: "x2", function: { arguments: ":1}" } }],
    ]),
    [{ id: "x1", name: "f", arguments: '{"a":1}' }],
  );
  assertEquals(
    merged([
      [{ id: "call_0", function: { name: "f", arguments: '{"a":1}' } }],
      [{ id: "call_0", function: { name: "f", arguments: '{"a":2}' } }],
    ]),
    [{ id: "call_0", name: "f", arguments: '{"a":1}' }, { id: "own_1", name: "f", arguments: '{"a":2}' }],
  );
});

test("ToolCallMerger: what is not complete counts only where the service came to its end", () => {
  const chunks = [
    [{ index: 0, id: "a", function: { name: "f", arguments: '{"a":1}' } }],
    [{ index: 1, id: "b", function: { name: "g", arguments: '{"a":' } }],
  ];
  assertEquals(merged(chunks, false).map(({ id }) => id), ["a"]);
  assertEquals(merged(chunks).map(({ arguments: text }) => text), ['{"a":1}', '{"a":']);
});

test("ToolCallMerger: arguments that are null, missing, blank or an empty text are none", () => {
  for (const text of [null, undefined, "", " ", "null", "{ }", '""', {}]) {
    assertEquals(
      merged([[{ index: 0, id: "a", function: { name: "f", arguments: text } }]])[0]?.arguments,
      "{}",
    );
  }
});

test("ToolCallMerger: 64 calls and 64 KB of them are held, and no more", () => {
  const many = new ToolCallMerger();
  for (let index = 0; index < MAX_CALLS; index++) {
    many.push({ index, id: `c${index}`, name: "f", arguments: "{}" });
  }
  assertEquals([many.full, many.conclude({ whole: true }).length], [false, MAX_CALLS]);
  many.push({ index: MAX_CALLS, id: "one more", name: "f", arguments: "{}" });
  assertEquals([many.full, many.conclude({ whole: true }).length], [true, MAX_CALLS]);

  const long = new ToolCallMerger();
  long.push({ index: 0, id: "a", name: "f", arguments: "{}" });
  long.push({ index: 1, id: "b", name: "g", arguments: '{"x":"' });
  const piece = "y".repeat(1_000);
  let pushed = 0;
  for (; !long.full && pushed < 1_000; pushed++) long.push({ index: 1, arguments: piece });
  assertEquals(pushed, Math.ceil((MAX_CALL_BYTES - 9) / piece.length));
  assertEquals(long.conclude({ whole: true }).map(({ id }) => id), ["a"]);
});

test("ToolCallMerger: a long call in tens of thousands of fragments takes no time worth mentioning", () => {
  const merger = new ToolCallMerger();
  merger.push({ index: 0, id: "a", name: "f", arguments: '{"x":"' });
  const beganMs = performance.now();
  for (let at = 0; at < 30_000; at++) merger.push({ index: 0, arguments: at % 2 === 0 ? "{" : "}" });
  merger.push({ index: 0, arguments: '"}' });
  assert(performance.now() - beganMs < 2_000);
  assertEquals(merger.conclude({ whole: true })[0]?.arguments.length, 30_008);
});
