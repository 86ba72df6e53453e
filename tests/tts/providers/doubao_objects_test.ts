import { assert, assertEquals, assertRejects } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { jsonObjects } from "../../../lib/tts/providers/doubao_objects.ts";
import fc from "../../support/fast_check.ts";
import { test } from "../../support/test.ts";

const SERVICE = { family: "tts", name: "doubao" } as const;
const bytesOf = (text: string) => new TextEncoder().encode(text);

async function* cut(bytes: Uint8Array, places: readonly number[]): AsyncGenerator<Uint8Array, void> {
  const ends = [...new Set([...places, bytes.length])].sort((one, other) => one - other);
  let from = 0;
  for (const end of ends) {
    yield bytes.subarray(from, end);
    from = end;
  }
}

const read = (text: string, places: readonly number[] = []) =>
  Array.fromAsync(jsonObjects(SERVICE, cut(bytesOf(text), places)));

test("objects back to back, with nothing, a line or a mark between them", async () => {
  const objects = ['{"code":0,"data":"AAA="}', "{}", '{"a":{"b":[{"c":{}}]}}'];
  for (const between of ["", "\n", " \r\n\t", "\n".repeat(3_000)]) {
    assertEquals(await read(objects.join(between)), objects);
    assertEquals(await read(`\ufeff${between}${objects.join(between)}${between}`), objects);
  }
  assertEquals(await read(""), []);
});

test("braces, quotes and escapes within strings end nothing, wherever the bytes are cut", async () => {
  const nasty = [{ text: '}{"}\\' }, { "{": '\\"}', "\\": "\\\\" }, {
    你: "好}，🙂\u0000",
    deep: [[{ a: "]" }]],
  }];
  const objects = nasty.map((value) => JSON.stringify(value));
  const text = objects.join("");
  for (let at = 1; at < bytesOf(text).length; at++) {
    assertEquals(await read(text, [at]), objects, `cut at ${at}`);
  }
  assertEquals(await read(text, [...bytesOf(text).keys()]), objects, "byte by byte");
});

test("an object that never becomes whole is left out", async () => {
  assertEquals(await read('{"code":0}{"code":'), ['{"code":0}']);
  assertEquals(await read('{"a":"}'), []);
  assertEquals(await read('{"a":"\\'), []);
});

test("what is no object is told, and so is one without end", async () => {
  for (const text of ["<!doctype html>", "ok", '{"a":1},{"b":2}', "{}x", "[{}]", `{}${" ".repeat(2_000)}x`]) {
    const { code, message } = await assertRejects(() => read(text), EarshotError);
    assertEquals([code, message.endsWith("not JSON")], ["tts.protocol", true]);
  }
  async function* endless(): AsyncGenerator<Uint8Array, void> {
    for (;;) yield bytesOf(`{"a":"${"x".repeat(100_000)}",`);
  }
  const { code } = await assertRejects(() => Array.fromAsync(jsonObjects(SERVICE, endless())), EarshotError);
  assertEquals(code, "tts.protocol");
});

test("whatever objects there are, however they are cut, they are read as they are", async () => {
  const objects = fc.array(fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue()), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(objects, fc.array(fc.nat(200)), fc.boolean(), async (values, places, lines) => {
      const texts = values.map((value) => JSON.stringify(value));
      const whole = texts.join(lines ? "\n" : "");
      const within = places.filter((place) => place < bytesOf(whole).length);
      assertEquals(await read(whole, within), texts);
    }),
  );
});

test("whatever bytes there are, they are objects or an error of ours", async () => {
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 50 }), async (bytes) => {
    try {
      await Array.fromAsync(jsonObjects(SERVICE, cut(Uint8Array.of(0x7b, ...bytes), [3])));
    } catch (thrown) {
      assert(thrown instanceof EarshotError && thrown.code === "tts.protocol", String(thrown));
    }
  }));
});
