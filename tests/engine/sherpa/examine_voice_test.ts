import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { type ClaimedVoice, examineVoice } from "../../../lib/engine/mod.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { TINY_MODELS } from "../../support/sherpa_model.ts";
import { TINY_VOICES } from "../../support/sherpa_voice.ts";
import { withTempDir } from "../../support/temp_dir.ts";
import { test } from "../../support/test.ts";

async function refusal(voice: Partial<ClaimedVoice>, code = "model.unfit"): Promise<string> {
  const error = await assertRejects(
    () => examineVoice({ name: "mine", dir: TINY_VOICES.vits, ...voice }),
    EarshotError,
  );
  assertEquals(error.code, code);
  return error.message;
}

/** A copy of a tiny voice, to be spoilt. */
function withVoice(kind: keyof typeof TINY_VOICES, use: (dir: string) => Promise<void>): Promise<void> {
  return withTempDir(async (temp) => {
    const dir = `${temp}/voice`;
    await Deno.mkdir(dir);
    for await (const { name } of Deno.readDir(TINY_VOICES[kind])) {
      await Deno.copyFile(`${TINY_VOICES[kind]}/${name}`, `${dir}/${name}`);
    }
    await use(dir);
  });
}

test("examineVoice: the files of a directory show what it is", async () => {
  const vits = await examineVoice({ name: "mine", dir: TINY_VOICES.vits });
  assertEquals([vits.kind, vits.speaker, vits.sample], ["vits", 0, "你好。"]);
  assertEquals(Object.keys(vits.files.parts), ["model"]);
  const matcha = await examineVoice({ name: "mine", dir: TINY_VOICES.matcha });
  assertEquals(matcha.kind, "matcha");
  assertEquals(matcha.files.parts.vocoder?.replace(/.*\//, ""), "hifigan.onnx");
});

test("examineVoice: a speaker is a number or a name of the voice's", async () => {
  const speaker = async (speaker: number | string) =>
    (await examineVoice({ name: "mine", dir: TINY_VOICES.vits, speaker })).speaker;
  assertEquals([await speaker(1), await speaker("high"), await speaker("low")], [1, 1, 0]);
  assertMatch(await refusal({ speaker: 2 }), /has no speaker 2: give 0 to 1/);
  assertMatch(await refusal({ speaker: "alto" }), /has no speaker alto: give one of low, high/);
  const one = { dir: TINY_VOICES.matcha };
  assertMatch(await refusal({ ...one, speaker: 1 }), /has no speaker 1: give 0$/);
  assertMatch(await refusal({ ...one, speaker: "low" }), /have no names: give speaker a number/);
});

test("examineVoice: rules are in the order in which they are used, and one English lexicon is taken", async () => {
  await withVoice("vits", async (dir) => {
    for (const rule of ["number-zh.fst", "new_heteronym.fst", "date-zh.fst", "phone-zh.fst"]) {
      await Deno.writeTextFile(`${dir}/${rule}`, "");
    }
    for (const lexicon of ["lexicon-us-en.txt", "lexicon-gb-en.txt"]) {
      await Deno.writeTextFile(`${dir}/${lexicon}`, "hello h ao3\n");
    }
    const { files: { rules, lexicons } } = await examineVoice({ name: "mine", dir });
    const names = (paths: readonly string[]) => paths.map((path) => path.slice(dir.length + 1));
    assertEquals(names(rules), ["phone-zh.fst", "date-zh.fst", "number-zh.fst", "new_heteronym.fst"]);
    assertEquals(names(lexicons), ["lexicon-us-en.txt", "lexicon.txt"]);
  });
});

test("examineVoice: of two models the one of full precision is taken", async () => {
  await withVoice("vits", async (dir) => {
    await Deno.copyFile(`${dir}/model.onnx`, `${dir}/model-a.int8.onnx`);
    const { files } = await examineVoice({ name: "mine", dir });
    assertEquals(files.parts.model, `${dir}/model.onnx`);
  });
});

test("examineVoice: what is no voice is refused with what it is", async () => {
  assertMatch(
    await refusal({ dir: "/nowhere/voice" }, "model.missing"),
    /there is no directory \/nowhere\/voice/,
  );
  assertMatch(await refusal({ kind: "kokoro" }), /is a vits voice: set kind: vits/);
  await withTempDir(async (dir) => {
    assertMatch(await refusal({ dir }), /has no \.onnx file/);
    await Deno.copyFile(TINY_MODELS.senseVoice.files.model, `${dir}/model.onnx`);
    assertMatch(await refusal({ dir }), /is a SenseVoice model, which hears and does not speak/);
    await Deno.writeTextFile(`${dir}/model.onnx`, "version https://git-lfs.github.com/spec/v1\n");
    assertMatch(await refusal({ dir }), /a Git LFS pointer.*: fetch it again/);
  });
});

test("examineVoice: a voice of which something is missing or cut is refused with what to do", async () => {
  await withVoice("vits", async (dir) => {
    const whole = await Deno.readFile(`${dir}/model.onnx`);
    await Deno.writeFile(`${dir}/model.onnx`, whole.subarray(0, 500));
    assertMatch(await refusal({ dir }), /no ONNX file, or a part of one: fetch it again/);
    await Deno.writeFile(`${dir}/model.onnx`, whole);
    await Deno.rename(`${dir}/lexicon.txt`, `${dir}/words.txt`);
    assertMatch(await refusal({ dir }), /neither a lexicon\.txt nor the whole of espeak-ng-data/);
    await Deno.mkdir(`${dir}/espeak-ng-data`);
    await Deno.writeTextFile(`${dir}/espeak-ng-data/phontab`, "");
    assertMatch(await refusal({ dir }), /nor the whole of espeak-ng-data/);
    await Deno.writeTextFile(`${dir}/tokens.txt`, "no numbers\n");
    assertMatch(await refusal({ dir }), /tokens\.txt is no list of tokens/);
    await Deno.remove(`${dir}/tokens.txt`);
    assertMatch(await refusal({ dir }), /has no tokens\.txt/);
  });
  await withVoice("matcha", async (dir) => {
    await Deno.remove(`${dir}/hifigan.onnx`);
    assertMatch(await refusal({ dir }), /has no vocoder/);
  });
  await withVoice("matcha", async (dir) => {
    await Deno.remove(`${dir}/model-steps-3.onnx`);
    assertMatch(await refusal({ dir }), /has a vocoder and no voice/);
  });
});

test("examineVoice: of a Kokoro everything that would end the process is looked at", async () => {
  await withVoice("kokoro", async (dir) => {
    assertMatch(
      await refusal({ dir }),
      /has no espeak-ng-data, or not all of it, which a kokoro voice needs/,
    );
    await Deno.mkdir(`${dir}/espeak-ng-data`);
    for (const file of ["phontab", "phonindex", "phondata", "intonations"]) {
      await Deno.writeTextFile(`${dir}/espeak-ng-data/${file}`, "");
    }
    const voice = await examineVoice({ name: "mine", dir, speaker: "zf_high" });
    assertEquals([voice.kind, voice.speaker, voice.sample], ["kokoro", 1, "你好。"]);
    assertEquals(voice.files.espeakDir, `${dir}/espeak-ng-data`);
    const tokens = await Deno.readTextFile(`${dir}/tokens.txt`);
    await Deno.writeTextFile(`${dir}/tokens.txt`, `${tokens}ni3 99\n`);
    assertMatch(await refusal({ dir }), /tokens\.txt is another model's/);
    await Deno.writeTextFile(`${dir}/tokens.txt`, tokens);
    await Deno.truncate(`${dir}/voices.bin`, 60);
    assertMatch(await refusal({ dir }), /voices\.bin has 60 bytes, and its model needs 64: fetch it again/);
    await Deno.remove(`${dir}/lexicon-zh.txt`);
    await Deno.truncate(`${dir}/voices.bin`, 64);
    assertMatch(await refusal({ dir }), /has no lexicon, such as lexicon-zh\.txt/);
    await Deno.remove(`${dir}/voices.bin`);
    assertMatch(await refusal({ dir }), /has no voices\.bin, which a kokoro voice needs/);
  });
});

/** The metadata's values, one after the other, are the last thing in the file that says them. */
async function rename(path: string, from: string, to: string): Promise<void> {
  assertEquals(from.length, to.length);
  const bytes = await Deno.readFile(path);
  const text = String.fromCharCode(...bytes);
  assertEquals(text.includes(from), true);
  await Deno.writeFile(path, Uint8Array.from(text.replaceAll(from, to), (char) => char.charCodeAt(0)));
}

test("examineVoice: one without metadata that sherpa-onnx needs is refused, since that would end the process", async () => {
  await withVoice("vits", async (dir) => {
    await rename(`${dir}/model.onnx`, "sample_rate", "sample_rats");
    assertMatch(await refusal({ dir }), /has no sample_rate in its metadata.*its own project has converted/);
  });
  await withVoice("vits", async (dir) => {
    await rename(`${dir}/model.onnx`, "model_type", "modeltype_");
    assertMatch(await refusal({ dir }), /without the metadata that sherpa-onnx needs/);
    // Whoever knows better may say so.
    assertEquals((await examineVoice({ name: "mine", dir, kind: "vits" })).kind, "vits");
  });
});
