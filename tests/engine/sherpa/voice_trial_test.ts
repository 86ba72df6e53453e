import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { type SherpaVoice, tryVoice } from "../../../lib/engine/mod.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { tinyVoice } from "../../support/sherpa_voice.ts";
import { withTempDir } from "../../support/temp_dir.ts";
import { test } from "../../support/test.ts";

const NEVER = new AbortController().signal;

async function refusal(voice: SherpaVoice): Promise<string> {
  const error = await assertRejects(() => tryVoice(voice, { name: "mine", signal: NEVER }), EarshotError);
  assertEquals(error.code, "model.unfit");
  return error.message;
}

test("tryVoice: a voice that works is tried without a word", async () => {
  for (const kind of ["vits", "matcha"] as const) {
    await tryVoice(await tinyVoice(kind), { name: "mine", signal: NEVER });
  }
});

test("tryVoice: what ends sherpa-onnx's process costs the trial alone, and is refused with its own words", async () => {
  const vits = await tinyVoice("vits");
  const { parts } = vits.files;
  // Without what it reads metadata for it exits; of bytes that are no graph it aborts.
  const matcha = await tinyVoice("matcha");
  const other = { ...vits, files: { ...vits.files, parts: { model: matcha.files.parts.model ?? "" } } };
  assertMatch(await refusal(other), /^Cannot use mine: sherpa-onnx cannot speak with it as vits: \S/);
  await withTempDir(async (dir) => {
    const model = `${dir}/cut.onnx`;
    await Deno.writeFile(model, (await Deno.readFile(parts.model ?? "")).subarray(0, 500));
    assertMatch(await refusal({ ...vits, files: { ...vits.files, parts: { model } } }), /as vits: \S/);
    const tokens = `${dir}/tokens.txt`;
    await Deno.writeTextFile(tokens, "only 0\n");
    assertMatch(await refusal({ ...vits, files: { ...vits.files, tokens } }), /as vits: \S/);
  });
});

test("tryVoice: a voice that makes no sound of its own words is none", async () => {
  const matcha = await tinyVoice("matcha");
  assertMatch(
    await refusal({ ...matcha, sample: "xyz" }),
    /as matcha: .*makes no sound of "xyz"|as matcha: \S/,
  );
});

test("tryVoice: an aborted trial leaves no process", async () => {
  const abort = new AbortController();
  const trial = tryVoice(await tinyVoice(), { name: "mine", signal: abort.signal });
  abort.abort();
  assertEquals((await assertRejects(() => trial, EarshotError)).code, "canceled");
});
