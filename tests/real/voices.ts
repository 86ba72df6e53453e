/**
 * What our own recognizer hears of the voices that run in the engine: 30 plain sentences and 30 hard ones, each with the
 * words that came out wrong, and how fast the voices are and how much memory they take.
 *
 *     deno task hear-voices [--runtime native | wasm] [--wav FOLDER]
 *
 * `--wav` keeps the sound. Exit code 1 where the built-in voice has more than 3 % of the plain words wrong, or needs more
 * than a tenth of the time that it speaks.
 *
 * @module
 */
// deno-lint-ignore-file no-console
import { parseArgs } from "node:util";
import { resample, toFloat32, toPcm16, writeWav } from "../../lib/audio/mod.ts";
import { type EmbeddedVoice, EngineClient, type EngineRuntime } from "../../lib/engine/mod.ts";
import { FLITE_PATH, HIBARI_PATHS, MOONSHINE_PATHS, weightsMissing } from "../support/models.ts";
import { HARD_SENTENCES, PLAIN_SENTENCES, type VoiceSentence } from "./voice_sentences.ts";
import { soundedWords, wrongWords } from "./wrong_words.ts";

const MOST_WRONG = 0.03;
const SLOWEST = 0.1;
const EAR_RATE_HZ = 16_000;
const KINDS = { plain: PLAIN_SENTENCES, hard: HARD_SENTENCES };
const VOICES = { hibari: { hibari: HIBARI_PATHS }, flite: { flite: FLITE_PATH } };

/** What a voice did with some sentences. */
interface Tally {
  wrong: number;
  words: number;
  spokenMs: number;
  tookMs: number;
}

const { values } = parseArgs({
  options: { runtime: { type: "string", default: "native" }, wav: { type: "string" } },
});
if (weightsMissing) throw new Error("Cannot measure: the weights could not be fetched");
const runtime: EngineRuntime = values.runtime === "wasm" ? "wasm" : "native";
await using ear = new EngineClient({ models: { moonshine: MOONSHINE_PATHS }, recognitionWorkers: 1 });
await using hibari = new EngineClient({ models: VOICES.hibari, runtime });
await using flite = new EngineClient({ models: VOICES.flite, runtime });
const engines = { hibari, flite };
await Promise.all([ear, hibari, flite].map((engine) => engine.warm()));

for (const [kind, sentences] of Object.entries(KINDS)) {
  const tallies = { hibari: newTally(), flite: newTally() };
  for (const [index, sentence] of sentences.entries()) {
    console.log(`\n${kind} ${index + 1}: ${sentence.text}`);
    for (const voice of ["hibari", "flite"] as const) {
      await hear(voice, sentence, { tally: tallies[voice], name: `${kind}_${index + 1}_${voice}` });
    }
  }
  console.log();
  for (const [voice, tally] of Object.entries(tallies)) report(kind, voice, tally);
  const { wrong, words, tookMs, spokenMs } = tallies.hibari;
  if (kind === "plain" && (wrong / words > MOST_WRONG || tookMs / spokenMs > SLOWEST)) Deno.exitCode = 1;
}
for (const [voice, { stats: { pid } }] of Object.entries(engines)) {
  console.log(`${voice}: ${await memoryOf(pid)} (an engine process with this voice alone)`);
}

async function hear(
  voice: EmbeddedVoice,
  { text, said }: VoiceSentence,
  { tally, name }: { readonly tally: Tally; readonly name: string },
): Promise<void> {
  const startedMs = performance.now();
  const { pcm, sampleRateHz } = await engines[voice].speak(text);
  tally.tookMs += performance.now() - startedMs;
  tally.spokenMs += 1_000 * pcm.length / sampleRateHz;
  if (values.wav !== undefined) {
    await Deno.writeFile(`${values.wav}/${name}.wav`, writeWav(pcm, sampleRateHz));
  }
  const sound = sampleRateHz === EAR_RATE_HZ
    ? pcm
    : toPcm16(resample(toFloat32(pcm), sampleRateHz, EAR_RATE_HZ));
  const heard = (await ear.recognize(sound, { deadlineMs: 60_000 })).text;
  const wrong = wrongWords(said, heard);
  tally.wrong += wrong.length;
  tally.words += soundedWords(said).length;
  console.log(
    `  ${voice.padEnd(7)}${heard}${
      wrong.length > 0 ? `\n         ${wrong.length} wrong: ${wrong.join(", ")}` : ""
    }`,
  );
}

function newTally(): Tally {
  return { wrong: 0, words: 0, spokenMs: 0, tookMs: 0 };
}

function report(kind: string, voice: string, { wrong, words, spokenMs, tookMs }: Tally): void {
  const share = (100 * wrong / words).toFixed(1);
  const factor = (tookMs / spokenMs).toFixed(3);
  const seconds = (spokenMs / 1_000).toFixed(0);
  console.log(
    `${kind}, ${voice}: ${wrong} of ${words} words wrong (${share} %), real-time factor ${factor} over ${seconds} s`,
  );
}

async function memoryOf(pid: number | undefined): Promise<string> {
  if (Deno.build.os !== "linux" || pid === undefined) return "memory is only told on Linux";
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const mb = (key: string) =>
    (Number(new RegExp(`^${key}:\\s+(\\d+)`, "m").exec(status)?.[1]) * 1_024 / 1e6).toFixed(0);
  return `${mb("VmRSS")} MB resident, ${mb("RssAnon")} MB its own, ${mb("VmHWM")} MB at most`;
}
