import { assertEquals, assertThrows } from "@std/assert";
import fc from "../support/fast_check.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { canonicalJson, readArguments } from "../../lib/tools/call_arguments.ts";
import { test } from "../support/test.ts";

const VOLUME = {
  name: "set_volume",
  parameters: {
    type: "object",
    properties: {
      volume: { type: "integer", minimum: 0, maximum: 100 },
      loud: { type: "boolean" },
      label: { type: "string" },
      mode: { enum: ["a", "b"] },
      list: { type: "array", items: { type: "number" } },
      inner: { type: "object", properties: { n: { type: "number" } } },
      maybe: { type: ["string", "null"] },
    },
    required: ["volume"],
  },
};

test("readArguments: what models write becomes what the schema says", () => {
  const read = (json: string) => readArguments(json, VOLUME);
  assertEquals(read('{"volume":"5"}'), { volume: 5 });
  assertEquals(read('{"volume":5.0,"loud":"True","label":7}'), { volume: 5, loud: true, label: "7" });
  assertEquals(read('{"volume":1,"list":["1",2],"inner":{"n":"3"}}'), {
    volume: 1,
    list: [1, 2],
    inner: { n: 3 },
  });
  assertEquals(read('{"volume":1,"label":null,"maybe":null}'), { volume: 1, maybe: null });
  assertEquals(read('"{\\"volume\\":3}"'), { volume: 3 });
  assertEquals(readArguments("", { name: "x", parameters: { type: "object" } }), {});
  assertEquals(readArguments("null", { name: "x", parameters: {} }), {});
});

test("readArguments: what does not fit is tool.arguments, and says where", () => {
  for (
    const [json, where] of [
      ["{", "no JSON"],
      ["[1]", "no JSON object"],
      ["5", "no JSON object"],
      ["{}", "volume"],
      ['{"volume":"five"}', "volume"],
      ['{"volume":101}', "volume"],
      ['{"volume":5.5}', "volume"],
      ['{"volume":5,"mode":"c"}', "mode"],
      ['{"volume":5,"list":"x"}', "list"],
    ] as const
  ) {
    const error = assertThrows(() => readArguments(json, VOLUME), EarshotError);
    assertEquals(error.code, "tool.arguments", json);
    assertEquals(error.message.includes(where), true, error.message);
  }
});

test("readArguments: a schema that cannot be read, is huge, or has a slow pattern checks nothing more", () => {
  const open = (parameters: Record<string, unknown>) =>
    readArguments('{"a":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"}', { name: "x", parameters });
  const given = { a: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab" };
  assertEquals(open({ type: "object", properties: { a: { type: "string", pattern: "^(a+)+$" } } }), given);
  assertEquals(open({ type: "object", properties: { a: { $ref: "#/nowhere" } } }), given);
  assertEquals(open({ type: "object", properties: { a: { description: "x".repeat(40_000) } } }), given);
  const self: Record<string, unknown> = {};
  self["properties"] = { a: self };
  assertEquals(open(self), given);
});

test("readArguments: whatever comes, it is an object or tool.arguments", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), fc.jsonValue(), (json, schema) => {
    const parameters = typeof schema === "object" && schema !== null && !Array.isArray(schema)
      ? { ...schema }
      : {};
    try {
      assertEquals(typeof readArguments(json, { name: "x", parameters }), "object");
    } catch (thrown) {
      assertEquals(thrown instanceof EarshotError && thrown.code, "tool.arguments");
    }
  }));
});

test("canonicalJson: the order of keys does not count, everything else does", () => {
  assertEquals(
    canonicalJson({ a: 1, b: { d: [1, { f: 1, e: 2 }], c: null } }),
    canonicalJson({ b: { c: null, d: [1, { e: 2, f: 1 }] }, a: 1 }),
  );
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    assertEquals(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
  }));
});
