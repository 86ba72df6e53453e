import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FliteVoice } from "../../lib/engine/inference/flite_voice.ts";
import { Moonshine } from "../../lib/engine/inference/moonshine.ts";
import { loadRuntime } from "../../lib/engine/inference/runtime.ts";
import { MAX_SPOKEN_LENGTH } from "../../lib/engine/inference/spoken_length.ts";
import { runWasiProgram } from "../../lib/engine/inference/wasi_program.ts";
import { EarshotError } from "../../lib/errors/mod.ts";
import { FLITE_PATH, MOONSHINE_PATHS, weightsMissing } from "../support/models.ts";
import { test } from "../support/test.ts";

const ignore = weightsMissing;
const SENTENCE = "Please turn on the light in the living room.";

test("the voice speaks at 16 kHz, the same each time", async () => {
  const voice = await FliteVoice.load(FLITE_PATH);
  const { pcm, sampleRateHz } = voice.speak(SENTENCE);
  assertEquals(sampleRateHz, 16_000);
  assert(pcm.length > 2 * 16_000 && pcm.length < 4 * 16_000, `${pcm.length} samples`);
  assert(pcm.some((sample) => Math.abs(sample) > 5_000), "it is loud enough");
  assertEquals(voice.speak(SENTENCE).pcm, pcm);
}, { ignore });

test("what the voice says is understood", async () => {
  const voice = await FliteVoice.load(FLITE_PATH);
  const moonshine = await Moonshine.load(await loadRuntime("native"), MOONSHINE_PATHS);
  const { text } = await moonshine.recognize(voice.speak(SENTENCE).pcm);
  await moonshine.release();
  assertEquals(text, SENTENCE);
}, { ignore });

test("odd text is spoken or silent, never a fault", async () => {
  const voice = await FliteVoice.load(FLITE_PATH);
  const seconds = (text: string) => voice.speak(text).pcm.length / 16_000;
  assert(seconds("") < 0.5);
  assert(seconds("...") < 1);
  assert(seconds("-lv") > 0.5, "text that looks like an option is text");
  assert(seconds("one\0two") > seconds("one"), "what comes after a NUL is spoken too");
  assert(seconds("早上好 naïve 🙂") >= 0);
  assert(seconds("a ".repeat(MAX_SPOKEN_LENGTH / 2)) > 10);
}, { ignore });

test("too much text is refused", async () => {
  const voice = await FliteVoice.load(FLITE_PATH);
  const error = assertThrows(() => voice.speak("a".repeat(MAX_SPOKEN_LENGTH + 1)), EarshotError);
  assertEquals(error.code, "engine.job_failed");
}, { ignore });

test("a file that is no voice is an error of the job", async () => {
  for (const path of ["./absent.wasm", new URL(import.meta.url).pathname]) {
    assertEquals((await assertRejects(() => FliteVoice.load(path), EarshotError)).code, "engine.job_failed");
  }
});

test("a program cannot write more than its bound, nor any other file", async () => {
  const module = await WebAssembly.compile(await Deno.readFile(FLITE_PATH));
  const run = (outputFile: string, maxOutputBytes: number) =>
    runWasiProgram(module, {
      args: ["flite", "-voice", "slt", "-o", "a.wav", "-t", "hello"],
      outputFile,
      maxOutputBytes,
    });
  assert(run("a.wav", 1_000_000).output.length > 10_000);
  assertThrows(() => run("a.wav", 1_000), RangeError);
  assertEquals(run("b.wav", 1_000_000).output.length, 0);
}, { ignore });

test("a module that is no program is refused", async () => {
  const empty = await WebAssembly.compile(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  const options = { args: [], outputFile: "a", maxOutputBytes: 1 };
  assertThrows(() => runWasiProgram(empty, options), WebAssembly.LinkError);
});
