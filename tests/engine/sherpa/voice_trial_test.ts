import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { type SherpaVoice, tryVoice, VOICE_KIND_NAMES, VOICE_KINDS } from "../../../lib/engine/mod.ts";
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

test("tryVoice: every kind is told to sherpa-onnx by the names that it knows: it looks for the very files", async () => {
  const { files: { tokens, lexicons } } = await tinyVoice();
  for (const kind of VOICE_KIND_NAMES) {
    const absent = Object.fromEntries(
      VOICE_KINDS[kind].parts.map((part) => [part, `/nowhere/${kind}/${part}`]),
    );
    const files = { tokens, parts: absent, lexicons, rules: [], espeakDir: `/nowhere/${kind}/espeak` };
    const missing = await refusal({ kind, files, threads: 1, sample: "Hello." });
    assertStringIncludes(missing, `/nowhere/${kind}/model' does not exist`);
  }
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
