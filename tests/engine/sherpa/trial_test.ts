import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { type SherpaModel, tryModel } from "../../../lib/engine/mod.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { TINY_MODELS } from "../../support/sherpa_model.ts";
import { withTempDir } from "../../support/temp_dir.ts";
import { test } from "../../support/test.ts";

const NEVER = new AbortController().signal;

async function refusal(model: SherpaModel): Promise<string> {
  const error = await assertRejects(() => tryModel(model, { name: "mine", signal: NEVER }), EarshotError);
  assertEquals(error.code, "model.unfit");
  return error.message;
}

test("each kind that works is tried without a word", async () => {
  for (const model of Object.values(TINY_MODELS)) await tryModel(model, { name: "mine", signal: NEVER });
});

test("what ends sherpa-onnx's process, and what makes it hear nothing, is refused with its own words", async () => {
  const { whisper, zipformer, senseVoice } = TINY_MODELS;
  // Each of these is found out before by its names; a graph with other names is found out here.
  const deaf = { ...whisper, files: { ...whisper.files, decoder: whisper.files.encoder } };
  assertMatch(await refusal(deaf), /^Cannot use mine: sherpa-onnx cannot recognize with it as whisper: \S/);
  const swapped = { ...whisper, files: { ...whisper.files, encoder: whisper.files.decoder } };
  assertMatch(await refusal(swapped), /as whisper: '?n_mels'? does not exist in the metadata/);
  const foreign = { ...whisper, language: "yue" };
  assertMatch(await refusal(foreign), /as whisper: Invalid language: yue/);
  const mixed = { ...zipformer, files: { ...zipformer.files, joiner: zipformer.files.decoder } };
  assertMatch(await refusal(mixed), /as zipformer: \S/);
  const absent = { ...senseVoice, files: { ...senseVoice.files, model: "/nowhere/model.onnx" } };
  assertMatch(await refusal(absent), /as senseVoice: \S/);
});

test("a file that makes it abort costs the trial alone", async () => {
  await withTempDir(async (dir) => {
    const file = `${dir}/bad.onnx`;
    await Deno.writeFile(file, new Uint8Array(1_000).fill(7));
    const files = { ...TINY_MODELS.zipformer.files, encoder: file };
    assertMatch(await refusal({ ...TINY_MODELS.zipformer, files }), /as zipformer: \S/);
  });
});

test("an aborted trial leaves no process", async () => {
  const abort = new AbortController();
  const trial = tryModel(TINY_MODELS.whisper, { name: "mine", signal: abort.signal });
  abort.abort();
  assertEquals((await assertRejects(() => trial, EarshotError)).code, "canceled");
});
