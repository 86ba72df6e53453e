import { assert, assertEquals } from "@std/assert";
import { parse } from "yaml";
import { z } from "zod";
import { configJsonSchema } from "../../.ci/docs/config_schema.ts";
import { test } from "../support/test.ts";

const ROOT = new URL("../../", import.meta.url);
const schema = z.fromJSONSchema(JSON.parse(configJsonSchema()));

/** Whether editors find nothing wrong with the text. */
function isTaken(yaml: string): boolean {
  return schema.safeParse(parse(yaml)).success;
}

test("editors take config.yaml, whose first line names their schema", async () => {
  const text = await Deno.readTextFile(new URL("config.yaml", ROOT));
  const [, path = ""] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? [];
  assertEquals(await Deno.readTextFile(new URL(path, ROOT)), configJsonSchema());
  assert(isTaken(text));
});

test("editors tell a wrong key, a value out of its range and a pasted secret", () => {
  assert(isTaken("server: { port: 8000, publicUrl: }"));
  assert(!isTaken("server: { prot: 8000 }"));
  assert(!isTaken("server: { port: 70000 }"));
  assert(isTaken("asr: { openai: { apiKey: { env: KEY } } }"));
  assert(!isTaken("asr: { openai: { apiKey: sk-1234 } }"));
  assert(!isTaken("tts: { voice: { type: openai, vocie: anna } }"));
});

test("editors take a service without a type that bears the name of one, in each section", () => {
  assert(isTaken("llm: { ollama: { model: qwen3 }, home: { type: homeAssistant, token: { env: T } } }"));
  assert(isTaken("tts: { minimax: { apiKey: { env: K } }, other: { type: flite } }"));
  assert(!isTaken("llm: { ollama: { modell: qwen3 } }"));
  assert(!isTaken("tts: { other: { type: nope } }"));
});
