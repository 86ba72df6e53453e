import { converterTo } from "../../../lib/asr/to_simplified.ts";
import { joinPcm, writeWav } from "../../../lib/audio/mod.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { KNOWN_MODELS } from "../../../lib/models/mod.ts";
import type { SpeechSound } from "../../../lib/tts/mod.ts";
import { runEarshot } from "../../support/cli.ts";
import { MODELS_DIR } from "../../support/models.ts";
import { openOwnVoice, type OwnVoice } from "../../support/own_voice.ts";
import { TINY_MODELS } from "../../support/sherpa_model.ts";
import { countWordErrors } from "../../support/word_errors.ts";
import { Ear } from "../ear.ts";
import { joeForSherpa, kokoroForSherpa } from "../own_voices.ts";
import { pythonFile, pythonWith } from "../python.ts";
import { readHeard, run } from "../run.ts";
import { checked, type Finding, type Row, say } from "../table.ts";
import type { Trial, TrialContext } from "../trial.ts";
import { whisperForCTranslate2 } from "../weights.ts";

/** Without numbers, which Whisper writes in digits. */
const CHINESE = [
  "今天天气很好，我们去公园散步吧。",
  "请把客厅的灯打开，然后把空调关上。",
  "我没有听清楚，请再说一遍。",
  "北京到上海的高铁大约需要四个半小时。",
  "明天早上早一点叫我起床，好吗？",
  "这道菜的做法很简单，先把水烧开，再放面条。",
  "图书馆在学校的东边，走路十分钟就到了。",
  "他喜欢听音乐，也喜欢看电影。",
  "外面正在下雨，出门的时候记得带伞。",
  "水果店里有苹果、香蕉和西瓜，你想吃哪一种？",
];
const ENGLISH = "The train to the city leaves at half past seven, and the next one an hour later.";
/** The share of characters that may be wrong; homophones count, so some always are. */
const MOST_WRONG = 0.1;
/** Piper says a text another way each time. */
const MOST_WRONG_WORDS = 6;
const HEARING_MS = 600_000;
/** A machine that does other things as well may be slower than speech. */
const SLOWEST = 8;
/** Of Linux's clock, a second. */
const TICKS = 100;

/** `tts.sherpa` with real voices out of packages: Kokoro speaks Chinese, heard by Whisper base, and Piper's Joe English. */
export const voicesTrial: Trial = { name: "voices", run: runTrial };

async function runTrial(context: TrialContext): Promise<readonly Finding[]> {
  const kokoro = await kokoroForSherpa(context.signal);
  return [
    ...await chineseVoice(kokoro, context),
    ...await englishVoice(context),
    ...await pulledSet(kokoro, context),
  ];
}

async function chineseVoice(model: string, { dir, signal }: TrialContext): Promise<readonly Finding[]> {
  await using voice = await openOwnVoice({ model, speaker: "zf_xiaoxiao" }, { dir, signal });
  await voice.engine.warm();
  const { spoken, finding } = await timed("Kokoro", voice, { texts: CHINESE, signal });
  const mixed = await speak(voice, "我的朋友叫 Jonathan Smith。", signal);
  return [
    await heardByWhisper(spoken, { dir, signal }),
    finding,
    checked(
      "a name that is in no lexicon is spoken within Chinese, by eSpeak NG's rules",
      secondsOf(mixed) > secondsOf(await speak(voice, "我的朋友叫。", signal)),
      `${secondsOf(mixed).toFixed(1)} s`,
    ),
    await canceled(voice, signal),
  ];
}

/** A text that nobody wants any more: how soon its caller is free, and how soon the voice is. */
async function canceled(voice: OwnVoice, signal: AbortSignal): Promise<Finding> {
  const giveUp = new AbortController();
  const long = speak(voice, CHINESE.join(""), AbortSignal.any([signal, giveUp.signal])).then(
    () => "spoken",
    (thrown: unknown) => EarshotError.from(thrown).code,
  );
  await new Promise((resolve) => setTimeout(resolve, 500));
  const abortedMs = performance.now();
  giveUp.abort();
  const code = await long;
  const freeMs = performance.now() - abortedMs;
  await speak(voice, "好。", signal);
  const nextMs = performance.now() - abortedMs;
  return checked(
    "a text that is given up frees its caller at once, and the voice after the part that it is making",
    code === "canceled" && freeMs < 100 && voice.engine.stats.restarts === 0,
    `${code} after ${freeMs.toFixed(0)} ms, the next word ${
      (nextMs / 1_000).toFixed(1)
    } s later, of ${CHINESE.length} sentences`,
  );
}

async function heardByWhisper(
  spoken: readonly (readonly SpeechSound[])[],
  { dir, signal }: Pick<TrialContext, "dir" | "signal">,
): Promise<Row> {
  const files = await Promise.all(spoken.map(async (sounds, index) => {
    const path = `${dir}/kokoro-${index}.wav`;
    await Deno.writeFile(path, wavOf(sounds));
    return path;
  }));
  const python = await pythonWith("wyoming.txt", signal);
  const model = await whisperForCTranslate2(signal);
  const command = [python, pythonFile("bare_whisper.py"), model, "zh", ...files];
  const simplified = converterTo();
  const heard = readHeard(await run(command, { signal, deadlineMs: HEARING_MS }), files.length)
    .map(({ text }) => simplified(text));
  for (const [index, text] of heard.entries()) say(`  said:  ${CHINESE[index]}\n  heard: ${text}`);
  const manifest = `${dir}/kokoro.json`;
  const rows = CHINESE.map((transcript, index) => ({
    file: `${index}`,
    transcript,
    language: "zh",
    seconds: 1,
  }));
  await Deno.writeTextFile(manifest, JSON.stringify(rows));
  const lines = heard.map((text, index) => JSON.stringify({ file: `${index}`, text })).join("\n");
  const { wrong, words: of } = await countWordErrors(manifest, lines, "zh");
  return {
    type: "heard",
    what: "Kokoro in the engine (tts.sherpa), Chinese, by Whisper base",
    wrong,
    bare: 0,
    of,
    unit: "characters",
    allowed: Math.floor(of * MOST_WRONG),
  };
}

async function englishVoice({ dir, signal }: TrialContext): Promise<readonly Finding[]> {
  const model = await joeForSherpa(signal);
  await using ear = await Ear.open();
  await using voice = await openOwnVoice({ model, languages: ["en"] }, { dir, signal });
  await voice.engine.warm();
  const { spoken: [sounds = []], finding } = await timed("Piper's Joe", voice, { texts: [ENGLISH], signal });
  const { wrong, of } = await ear.compare(ENGLISH, sounds, signal);
  return [
    {
      type: "heard",
      what: "Piper's Joe in the engine (tts.sherpa), English",
      wrong,
      bare: 0,
      of,
      unit: "words",
      allowed: MOST_WRONG_WORDS,
    },
    finding,
  ];
}

/** Speaks texts, and tells how fast that is, what it costs, and the most memory that the engine has held. */
async function timed(
  who: string,
  voice: OwnVoice,
  { texts, signal }: { readonly texts: readonly string[]; readonly signal: AbortSignal },
): Promise<{ readonly spoken: readonly (readonly SpeechSound[])[]; readonly finding: Finding }> {
  const beganMs = performance.now();
  const beganSeconds = await processorSeconds(voice);
  const spoken: (readonly SpeechSound[])[] = [];
  for (const text of texts) spoken.push(await speak(voice, text, signal));
  const seconds = spoken.reduce((sum, sounds) => sum + secondsOf(sounds), 0);
  const factor = (performance.now() - beganMs) / 1_000 / seconds;
  const cost = (await processorSeconds(voice) - beganSeconds) / seconds;
  const status = await Deno.readTextFile(`/proc/${voice.engine.stats.pid}/status`);
  const peakMb = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_000;
  const load = Deno.loadavg()[0]?.toFixed(1);
  const finding = checked(
    `${who} keeps up, two threads`,
    factor < SLOWEST,
    `real-time factor ${factor.toFixed(2)} at a load of ${load}, ${
      cost.toFixed(2)
    } s of a processor a second of ` +
      `sound, ${peakMb.toFixed(0)} MB at most`,
  );
  return { spoken, finding };
}

/** How much of a processor the engine has had so far, which other work on the machine changes little. */
async function processorSeconds({ engine }: OwnVoice): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${engine.stats.pid}/stat`);
  const [user = NaN, system = NaN] = stat.replace(/^.*\) /, "").split(" ").slice(11, 13).map(Number);
  return (user + system) / TICKS;
}

/** `models pull chinese` from a host that has Kokoro, and a tiny ear in the place of SenseVoice; then `check`. */
async function pulledSet(kokoro: string, { dir }: TrialContext): Promise<readonly Finding[]> {
  const { "sense-voice": ear, "kokoro-zh": voice } = KNOWN_MODELS;
  if (ear === undefined || voice === undefined) throw new Error("Cannot go on: the models are not known");
  const { model, tokens } = TINY_MODELS.senseVoice.files;
  await using host = hostOf(
    new Map([
      [`/${ear.repo}/model.int8.onnx`, model],
      [`/${ear.repo}/tokens.txt`, tokens],
      ...Object.values(voice.files).map(({ name }) =>
        [`/${voice.repo}/${name}`, `${kokoro}/${name}`] as const
      ),
    ]),
  );
  const config = `${dir}/config.yaml`;
  const models =
    `models: { dir: ${dir}/models, hosts: ["http://127.0.0.1:${host.addr.port}/{repo}/{file}"] }\n`;
  const earshot = (...args: string[]) => runEarshot([...args, "--config", config, "--data", dir]);
  await Deno.mkdir(`${dir}/models`, { recursive: true });
  await Deno.symlink(await Deno.realPath(`${MODELS_DIR}/silero-vad-v6`), `${dir}/models/silero-vad-v6`);
  await Deno.writeTextFile(config, models);
  const pulled = await earshot("models", "pull", "chinese", "--refresh");
  const [, told = ""] = /write into config\.yaml:\n((?: {2}.*\n)+)/.exec(pulled.stderr) ?? [];
  const lines = told.replaceAll(/^ {2}/gm, "");
  await Deno.writeTextFile(config, models + lines);
  const check = await earshot("check");
  const report = (check.stdout + check.stderr).replaceAll(/\s+/g, " ").trim();
  return [
    checked(
      "what `models pull chinese` says to write is a config with which `earshot check` finds no fault",
      lines !== "" && check.code === 0 && report.includes("ok tts.kokoro-zh"),
      lines === "" ? pulled.stderr.slice(-300) : report.slice(0, 300),
    ),
  ];
}

/** A host of files by their paths, which says of each what it must hash to. */
function hostOf(files: ReadonlyMap<string, string>): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const path = files.get(new URL(request.url).pathname);
    if (path === undefined) return new Response("not found", { status: 404 });
    const bytes = await Deno.readFile(path);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
    return new Response(bytes, { headers: { etag: `"${digest}"` } });
  });
}

async function speak(
  { provider }: OwnVoice,
  text: string,
  signal: AbortSignal,
): Promise<readonly SpeechSound[]> {
  return await Array.fromAsync(provider.speak({ text, language: "zh" }, signal));
}

function secondsOf(sounds: readonly SpeechSound[]): number {
  return sounds.reduce((sum, { pcm, sampleRateHz }) => sum + pcm.length / sampleRateHz, 0);
}

function wavOf(sounds: readonly SpeechSound[]): Uint8Array {
  const [{ sampleRateHz } = { sampleRateHz: 24_000 }] = sounds;
  return writeWav(joinPcm(sounds.map(({ pcm }) => pcm)), sampleRateHz);
}
