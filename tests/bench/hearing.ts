/**
 * How sure hearing is, with the embedded recognizer and a device over the socket: whether a text depends on how its
 * packets arrive, whether a single word comes back as nothing, and whether noise gives words.
 *
 * `deno task hearing`, about 6 minutes; the words need Debian's `asterisk-core-sounds-en-wav`
 */
import { Scope, systemClock } from "../../lib/lifecycle/mod.ts";
import { writeWav } from "../../lib/audio/mod.ts";
import { objectsOf, runEarshot } from "../support/cli.ts";
import { HandDevice } from "../support/hand_device.ts";
import { openWarmEngine } from "../support/real_engine.ts";
import { speechClip } from "../support/speech.ts";
import { openGateway, type TestGateway, TRANSPORTS } from "../support/test_gateway.ts";
import { readSoundFile } from "../support/trials.ts";
import { noises } from "./support/noises.ts";
import { report } from "./support/report.ts";

const HZ = 16_000;
const FRAME_MS = 60;
const MODES = ["auto", "realtime", "manual"] as const;
const CLIPS = ["sb_spk1_snt1.wav", "sb_spk1_snt2.wav", "sb_spk1_snt3.wav", "ps_goforward.wav"] as const;
const WORDS_DIR = "/usr/share/asterisk/sounds/en";
/** How many devices play at once: the machine has two cores. */
const AT_ONCE = 10;

type Mode = (typeof MODES)[number];

/** What happens on the way of packets: from packet `at` on, `packets` come at once, after nothing for `stallMs`. */
interface Disturbance {
  readonly at: number;
  readonly packets: number;
  readonly stallMs: number;
}

let seed = 7;
const random = () => (seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff) / 0x7fff_ffff;
const between = (from: number, to: number) => from + random() * (to - from);

function padded(pcm: Int16Array, beforeMs: number, afterMs: number): Int16Array {
  const whole = new Int16Array(pcm.length + (beforeMs + afterMs) * HZ / 1_000);
  whole.set(pcm, beforeMs * HZ / 1_000);
  return whole;
}

/** What a device is answered that plays sound; at the pace of speech unless all of it is to come at once. */
async function play(
  gateway: TestGateway,
  mode: Mode,
  pcm: Int16Array,
  arrival: "at once" | readonly Disturbance[],
  { spoken = true } = {},
): Promise<string> {
  await using device = await HandDevice.listen(gateway, mode);
  const frames = device.encodeSound(pcm);
  const beganMs = systemClock.nowMs();
  let aheadMs = 0;
  for (let at = 0; at < frames.length; at++) {
    const disturbance = arrival === "at once" ? undefined : arrival.find((one) => one.at === at);
    if (disturbance !== undefined) {
      await wait(disturbance.stallMs);
      for (const frame of frames.slice(at, at + disturbance.packets)) device.send(frame);
      at += disturbance.packets - 1;
      aheadMs += disturbance.packets * FRAME_MS - disturbance.stallMs;
      continue;
    }
    if (arrival !== "at once") await wait(beganMs + at * FRAME_MS - aheadMs - systemClock.nowMs());
    const frame = frames[at];
    if (frame !== undefined) device.send(frame);
  }
  if (mode === "manual") device.stop();
  await settled(device, spoken);
  return device.heard.filter(({ type }) => type === "stt").map(({ text }) => text).join(" | ");
}

/** Until nothing more comes: who speaks is answered, noise may not be. */
async function settled(device: HandDevice, spoken: boolean): Promise<void> {
  const beganMs = systemClock.nowMs();
  while (spoken && !device.said.includes("tts stop") && systemClock.nowMs() - beganMs < 20_000) {
    await wait(50);
  }
  for (let quietMs = 0, said = -1; quietMs < (spoken ? 1_000 : 2_500);) {
    await wait(100);
    quietMs = device.said.length === said ? quietMs + 100 : 0;
    said = device.said.length;
  }
}

async function wait(ms: number): Promise<void> {
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
}

/** Runs jobs, some at once, and gives their results in order. */
async function inParallel<T>(jobs: readonly (() => Promise<T>)[]): Promise<readonly T[]> {
  const results: T[] = [];
  let next = 0;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let at = next++; at < jobs.length; at = next++) {
      const job = jobs[at];
      if (job !== undefined) results[at] = await job();
    }
  }));
  return results;
}

function disturbances(frames: number): readonly Disturbance[] {
  const at = Math.floor(
    [0, between(0.2, 0.7) * frames, between(0.75, 0.95) * frames][Math.floor(random() * 3)] ?? 0,
  );
  const gap = random() < 0.5;
  const stallMs = gap ? between(300, 2_500) : at === 0 ? between(1_000, 5_000) : 0;
  const packets = gap ? Math.ceil(stallMs / FRAME_MS) : Math.ceil(between(1_000, 5_000) / FRAME_MS);
  return [{ at, packets, stallMs }];
}

async function reportArrival(gateways: readonly TestGateway[]): Promise<void> {
  const wanted = new Map<string, string>();
  const [gateway] = gateways;
  if (gateway === undefined) return;
  for (const file of CLIPS) {
    for (const mode of MODES) {
      wanted.set(`${file} ${mode}`, await play(gateway, mode, soundOf(file), []));
    }
  }
  const runs = await inParallel(Array.from({ length: 100 }, (_, run) => {
    const file = CLIPS[run % CLIPS.length] ?? CLIPS[0];
    const mode = MODES[run % MODES.length] ?? "auto";
    const over = gateways[run % gateways.length] ?? gateway;
    const sound = soundOf(file);
    const disturbed = disturbances(sound.length / (HZ * FRAME_MS / 1_000));
    return async () => ({
      key: `${file} ${mode}`,
      disturbed,
      text: await play(over, mode, sound, disturbed),
    });
  }));
  const other = runs.filter(({ key, text }) => text !== wanted.get(key));
  report({
    name: "texts of 100 that depend on how their packets arrived",
    measured: other.length,
    unit: "texts",
    limit: 0,
    detail: { undisturbed: Object.fromEntries(wanted), other },
  });
}

function soundOf(file: string): Int16Array {
  return padded(speechClip(file).pcm, 600, 1_500);
}

async function wordsMissing(): Promise<boolean> {
  return await Deno.stat(`${WORDS_DIR}/digits/1.wav`).then(() => false, () => true);
}

async function words(): Promise<readonly { readonly name: string; readonly pcm: Int16Array }[]> {
  const digits = [...Array(21).keys(), 30, 40, 50, 60, 70, 80, 90].map((value) => `digits/${value}`);
  const days = [...Array(7).keys()].map((day) => `digits/day-${day}`);
  const months = [...Array(12).keys()].map((month) => `digits/mon-${month}`);
  const ordinals = [...Array(19).keys()].map((value) => `digits/h-${value + 1}`);
  const letters = [..."abcdefghijklmnopqrstuvwx"].map((letter) => `phonetic/${letter}_p`);
  return await Promise.all([...digits, ...days, ...months, ...ordinals, ...letters].map(async (name) => ({
    name,
    pcm: await readSoundFile(`${WORDS_DIR}/${name}.wav`),
  })));
}

async function reportWords(gateway: TestGateway): Promise<void> {
  if (await wordsMissing()) {
    throw new Error(
      `Cannot say the words: ${WORDS_DIR} is not there; apt-get install asterisk-core-sounds-en-wav`,
    );
  }
  const all = await words();
  for (const mode of ["auto", "manual"] as const) {
    const texts = await inParallel(all.map(({ name, pcm }) => {
      const sound = padded(
        pcm,
        Math.round(between(300, 900)),
        mode === "auto" ? 1_200 : Math.round(between(100, 700)),
      );
      return async () => ({ name, text: await play(gateway, mode, sound, "at once") });
    }));
    const empty = texts.filter(({ text }) => text === "").map(({ name }) => name);
    report({
      name: `single words of ${all.length} that came back as nothing, ${mode}`,
      measured: empty.length,
      unit: "words",
      limit: 0,
      detail: { empty },
    });
  }
}

async function reportNoise(gateway: TestGateway): Promise<void> {
  const all = noises();
  for (const mode of ["auto", "manual"] as const) {
    const texts = await inParallel(all.map(({ name, pcm }) => {
      const sound = padded(pcm, 300, mode === "auto" ? 1_200 : 300);
      return async () => ({ name, text: await play(gateway, mode, sound, "at once", { spoken: false }) });
    }));
    const worded = texts.filter(({ text }) => text !== "");
    report({
      name: `of ${all.length} kinds of noise, those that gave words to a device in ${mode} mode`,
      measured: worded.length,
      unit: "noises",
      limit: 0,
      detail: { worded },
    });
  }
}

/** The same noise as files. */
async function reportFiles(): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    const files = await Promise.all(
      noises().map(async ({ name, pcm }) => {
        const file = `${dir}/${name.replaceAll(/[^a-z0-9]+/g, "_")}.wav`;
        await Deno.writeFile(file, writeWav(pcm, HZ));
        return file;
      }),
    );
    const { stdout } = await runEarshot(["transcribe", "--json", ...files]);
    const texts = objectsOf(stdout).filter(({ type }) => type === undefined);
    if (texts.length !== files.length) throw new Error(`Cannot count: ${texts.length} files came`);
    const worded = texts.filter(({ text }) => text !== "");
    report({
      name: `of ${files.length} kinds of noise, those in which transcribe found words`,
      measured: worded.length,
      unit: "noises",
      limit: 0,
      detail: { worded },
    });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

await using scope = new Scope("hearing");
const engine = await openWarmEngine(scope);
const gateways = await Promise.all(TRANSPORTS.map(({ name }) => openGateway(name, {}, engine)));
try {
  const [gateway] = gateways;
  if (gateway !== undefined) {
    await reportFiles();
    await reportNoise(gateway);
    await reportWords(gateway);
  }
  await reportArrival(gateways);
} finally {
  await Promise.all(gateways.map((gateway) => gateway[Symbol.asyncDispose]()));
}
