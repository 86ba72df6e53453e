import { assertEquals, assertThrows } from "@std/assert";
import { z } from "zod";
import { readReply } from "../../lib/service/read_reply.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { test } from "../support/test.ts";

const schema = z.looseObject({ text: z.string().default(""), words: z.array(z.string()).default([]) });
const read = (text: string) => readReply({ family: "asr", name: "service" }, text, schema);

test("a field that is null is not there", () => {
  const nothing = { text: "", words: [] };
  for (const text of ["{}", '{"text":null}', '{"text":null,"words":null}']) {
    assertEquals(read(text), nothing, text);
  }
});

test("what is not as it should be is refused without being repeated", () => {
  for (const text of ["null", "canary", '{"text":["canary"]}', '{"words":[null]}']) {
    const error = assertThrows(() => read(text), EarshotError);
    assertEquals([error.code, error.message.includes("canary")], ["asr.protocol", false], text);
  }
});
