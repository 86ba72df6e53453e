import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { examineModel, type SherpaModel } from "../../../lib/engine/mod.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { SILERO_PATH, weightsMissing } from "../../support/models.ts";
import { ENGLISH_WHISPER_ENCODER, moonshineForSherpa, TINY_MODELS } from "../../support/sherpa_model.ts";
import { withTempDir } from "../../support/temp_dir.ts";
import { test } from "../../support/test.ts";

const { whisper, senseVoice, paraformer, zipformer } = TINY_MODELS;

type Claim = Pick<SherpaModel, "kind" | "files"> & { readonly language?: string };

function examine({ kind, files, language = "zh" }: Claim) {
  return examineModel({ name: "mine", kind, files, language });
}

async function refusal(claim: Claim): Promise<string> {
  const { code, message } = await assertRejects(() => examine(claim), EarshotError);
  return `${code}: ${message.slice("Cannot use mine: ".length)}`;
}

test("each model passes as what it is, and says its languages where it knows them", async () => {
  assertEquals(await examine(whisper), { language: "zh", languages: ["zh", "en"] });
  const five = ["zh", "yue", "en", "ja", "ko"];
  assertEquals(await examine({ ...senseVoice, language: "yue-HK" }), { language: "yue", languages: five });
  assertEquals(await examine(paraformer), { language: "zh" });
  assertEquals(await examine({ ...zipformer, language: "en-GB" }), { language: "en" });
});

test("Moonshine's own two files pass as well, with a list of tokens that spells bytes", async () => {
  await withTempDir(async (dir) => {
    const moonshine = await moonshineForSherpa(`${dir}/tokens.txt`);
    assertEquals(await examine({ ...moonshine, language: "en" }), { language: "en" });
    const other = { ...moonshine.files, tokens: paraformer.files.tokens };
    assertStringIncludes(await refusal({ ...moonshine, files: other }), "written in base64");
  });
}, { ignore: weightsMissing });

test("a language is found by what it is about, whatever its tag", async () => {
  for (const language of ["zh", "zh-CN", "zh-TW", "cmn", "cmn-Hans-CN", "ZH-hans"]) {
    assertEquals((await examine({ ...whisper, language })).language, "zh", language);
  }
});

test("a language that the model lacks is refused, with those that there are", async () => {
  const hears = async (claim: Claim) => {
    const { code, message } = await assertRejects(() => examine(claim), EarshotError);
    assertEquals(code, "asr.language");
    return message;
  };
  assertEquals(
    await hears({ ...whisper, language: "yue" }),
    "Cannot recognize yue with mine: it hears en, zh",
  );
  const english = { ...whisper.files, encoder: ENGLISH_WHISPER_ENCODER };
  assertEquals(await hears({ ...whisper, files: english }), "Cannot recognize zh with mine: it hears en");
  assertEquals((await examine({ ...whisper, files: english, language: "en" })).language, "en");
  assertStringIncludes(await hears({ ...senseVoice, language: "de" }), "it hears en, ja, ko, yue, zh");
  // Nobody noted what these hear; but they have no letter of the language.
  assertStringIncludes(await hears({ ...zipformer, language: "zh" }), "no Chinese characters");
  assertStringIncludes(await hears({ ...paraformer, language: "ru" }), "no Cyrillic letters");
});

test("a wrong kind is told with the right one", async () => {
  const { model, tokens } = senseVoice.files;
  const { encoder, decoder } = whisper.files;
  const cases: readonly (readonly [Claim, string])[] = [
    [{ kind: "paraformer", files: { model, tokens } }, "is a SenseVoice model"],
    [{ kind: "senseVoice", files: paraformer.files }, "is an offline Paraformer"],
    [{ kind: "moonshine", files: whisper.files }, "is the encoder of a Whisper model"],
    [
      { kind: "zipformer", files: { ...whisper.files, joiner: decoder } },
      "is the encoder of a Whisper model",
    ],
    [{ kind: "streamingParaformer", files: whisper.files }, "is the encoder of a Whisper model"],
    [{ kind: "whisper", files: zipformer.files }, "is the encoder of a streaming transducer"],
    [{ kind: "senseVoice", files: { model: encoder, tokens } }, "is the encoder of a Whisper model"],
  ];
  for (const [claim, what] of cases) {
    const fault = await refusal(claim);
    assertStringIncludes(fault, what);
    assertStringIncludes(fault, `asr.sherpa.kind says ${claim.kind}: set kind: `);
  }
});

test("swapped files are told by their parts", async () => {
  const { encoder, decoder, joiner } = zipformer.files;
  const swapped = { ...whisper.files, encoder: whisper.files.decoder, decoder: whisper.files.encoder };
  assertStringIncludes(
    await refusal({ ...whisper, files: swapped }),
    `model.unfit: ${whisper.files.decoder} is the decoder of a Whisper model, and not its encoder`,
  );
  for (
    const files of [
      { ...zipformer.files, encoder: joiner, joiner: encoder },
      { ...zipformer.files, decoder: joiner, joiner: decoder },
    ]
  ) {
    assertStringIncludes(
      await refusal({ ...zipformer, files }),
      "is the joiner of a transducer, and not its",
    );
  }
});

test("another model's list of tokens is refused by its number of tokens", async () => {
  await withTempDir(async (dir) => {
    const lists = new Map<Claim, readonly string[]>();
    lists.set(senseVoice, [paraformer.files.tokens, whisper.files.tokens]);
    lists.set(paraformer, [senseVoice.files.tokens, zipformer.files.tokens]);
    lists.set(zipformer, [senseVoice.files.tokens, paraformer.files.tokens]);
    for (const [claim, others] of lists) {
      for (const tokens of others) {
        assertStringIncludes(
          await refusal({ ...claim, files: { ...claim.files, tokens } }),
          "is another model's: it has",
        );
      }
    }
    const list = await Deno.readTextFile(whisper.files.tokens);
    const short = `${dir}/short.txt`;
    await Deno.writeTextFile(short, list.split("\n").slice(0, 4).join("\n"));
    assertStringIncludes(
      await refusal({ ...whisper, files: { ...whisper.files, tokens: short } }),
      "it has 4 tokens, and the model has 5",
    );
    // Marks behind the last token are no other model's: Whisper's own, or those of a training toolkit.
    const marked = `${dir}/marked.txt`;
    await Deno.writeTextFile(marked, `${list}${btoa("<|endoftext|>")} 5\r\n`);
    await examine({ ...whisper, files: { ...whisper.files, tokens: marked } });
    await Deno.writeTextFile(marked, `${await Deno.readTextFile(zipformer.files.tokens)}#0 4\n#1 5\n`);
    await examine({ ...zipformer, files: { ...zipformer.files, tokens: marked }, language: "en" });
  });
});

test("files that are no models are told by what they look like", async () => {
  await withTempDir(async (dir) => {
    const contents: readonly (readonly [string | Uint8Array, string])[] = [
      ["version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "a Git LFS pointer"],
      ["<!DOCTYPE html><title>404</title>", "a web page"],
      ["PK\x03\x04", "a zip archive"],
      ["", "an empty file"],
      ["<unk> 0\n", "a text"],
      [(await Deno.readFile(senseVoice.files.model)).subarray(0, 2_000), "a part of one"],
    ];
    for (const [content, looksLike] of contents) {
      const model = `${dir}/model.onnx`;
      await Deno.writeFile(model, typeof content === "string" ? new TextEncoder().encode(content) : content);
      assertStringIncludes(
        await refusal({ ...senseVoice, files: { ...senseVoice.files, model } }),
        `${model} is `,
      );
      assertStringIncludes(
        await refusal({ ...senseVoice, files: { ...senseVoice.files, model } }),
        looksLike,
      );
    }
    const tokens = senseVoice.files.model;
    assertStringIncludes(
      await refusal({ ...senseVoice, files: { ...senseVoice.files, tokens } }),
      "is no list of tokens",
    );
  });
});

test("a model of no kind that there is here is named", async () => {
  const files = { ...senseVoice.files, model: SILERO_PATH };
  assertStringIncludes(
    await refusal({ ...senseVoice, files }),
    "is a detector of speech, and not the model of kind",
  );
}, { ignore: weightsMissing });
