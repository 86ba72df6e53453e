import { assert, assertEquals } from "@std/assert";
import fc from "../../support/fast_check.ts";
import { readOnnxFile } from "../../../lib/engine/sherpa/onnx_header.ts";
import { TINY_MODELS } from "../../support/sherpa_model.ts";
import { withTempDir } from "../../support/temp_dir.ts";
import { test } from "../../support/test.ts";

const { encoder, decoder } = TINY_MODELS.whisper.files;

test("a header has what a graph takes, gives and says of itself; its weights are no inputs", () => {
  const file = readOnnxFile(decoder);
  assert(file.type === "graph");
  const { inputs, outputs } = file.header;
  assertEquals([...inputs.keys()][0], "tokens");
  assert(!inputs.has("next"), "a weight");
  assertEquals(inputs.get("in_n_layer_self_k_cache"), [1, undefined, 448, 1]);
  assertEquals(outputs.get("logits"), [undefined, undefined, 15]);
  const noted = readOnnxFile(encoder);
  assertEquals(noted.type === "graph" && noted.header.metadata.get("all_language_codes"), "zh,en");
});

test("a file in ONNX Runtime's own format is taken without being read", async () => {
  await withTempDir(async (dir) => {
    await Deno.writeFile(`${dir}/model.ort`, new TextEncoder().encode("\x08\x00\x00\x00ORTM and more"));
    assertEquals(readOnnxFile(`${dir}/model.ort`), { type: "ort" });
  });
});

test("whatever a file holds, reading it ends in an answer", async () => {
  const whole = await Deno.readFile(encoder);
  await withTempDir((dir) => {
    const path = `${dir}/model.onnx`;
    const read = (bytes: Uint8Array) => {
      Deno.writeFileSync(path, bytes);
      return readOnnxFile(path).type;
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => read(bytes) !== undefined));
    const spoilt = fc.tuple(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length));
    fc.assert(fc.property(spoilt, ([at, byte, length]) => {
      const bytes = whole.slice(0, length);
      bytes[at] = byte;
      return read(bytes) !== undefined;
    }));
    return Promise.resolve();
  });
});
