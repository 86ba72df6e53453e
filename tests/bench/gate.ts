/**
 * The gate before the model of voice detection: speech of several people at several levels, each over several backgrounds,
 * judged with it and without. How much it leaves out, which frames of speech it loses, and whether an utterance begins or ends
 * elsewhere. Argument: at how many backgrounds to look.
 *
 * `deno task gate`, 3 minutes
 */
import { loadRuntime } from "../../lib/engine/inference/runtime.ts";
import { FRAME_SAMPLES, Silero } from "../../lib/engine/inference/silero.ts";
import { vadConfig } from "../../lib/vad/mod.ts";
import { SILERO_PATH } from "../support/models.ts";
import { backgrounds, mixed, tracksOf, utterances } from "./support/gate_sounds.ts";
import { report } from "./support/report.ts";

/** What a home has: quiet and loud rooms, voices far away, mains hum, a microphone with an offset. */
const BACKGROUNDS = [
  "its own room",
  "white 3",
  "white 12",
  "pink 3",
  "fan 12",
  "babble 12",
  "hum 3",
  "hum 50",
  "DC offset 400",
  "DC offset 400, white 12",
];
const LEVELS_DB = [0, -10, -20, -30, -40];
/** Down to here nothing may be lost. */
const PROVED_DB = -30;
const TRACKS = 16;
/** So much sound is recognized besides what the detector calls speech, in frames: 300 ms. */
const PAD_FRAMES = 9;
/** After the gate has opened the model hears again what it heard. */
const OPENED_FRAMES = 10;

const { startProbability, startFrames, endProbability, endSilenceMs } = vadConfig.parse({});
const END_FRAMES = Math.ceil(endSilenceMs / 32);
const [most = `${BACKGROUNDS.length}`] = Deno.args;

const spoken = await utterances();
const tracks = tracksOf(spoken, TRACKS);
const runtime = await loadRuntime("native");
const [plain, gated] = [
  await Silero.load(runtime, SILERO_PATH, { gates: false }),
  await Silero.load(runtime, SILERO_PATH),
];
let lastId = 0;

/** The probabilities of all tracks, and how many frames were left out. */
async function judge(model: Silero, sounds: readonly Int16Array[]) {
  const ids = sounds.map(() => ++lastId);
  const probabilities = sounds.map((): number[] => []);
  let left = 0;
  const samples = sounds[0]?.length ?? 0;
  for (let at = 0; at < samples; at += 16 * FRAME_SAMPLES) {
    const batch = sounds.map((pcm, index) => ({
      streamId: ids[index] ?? 0,
      pcm: pcm.slice(at, Math.min(samples, at + 16 * FRAME_SAMPLES)),
    }));
    for (const [index, response] of (await model.detect(batch)).entries()) {
      probabilities[index]?.push(...response.probabilities);
      left += response.gated ?? 0;
    }
  }
  for (const id of ids) model.closeStream(id);
  return { probabilities, left };
}

/** The frames in which utterances begin and end, one after the other. */
function turnsOf(probabilities: readonly number[]): readonly number[] {
  const turns: number[] = [];
  let run = 0;
  for (const [frame, probability] of probabilities.entries()) {
    const speaking = turns.length % 2 === 1;
    const counts = speaking ? probability < endProbability : probability >= startProbability;
    run = counts ? run + 1 : 0;
    if (run < (speaking ? END_FRAMES : startFrames)) continue;
    turns.push(frame - run + 1);
    run = 0;
  }
  return turns;
}

/** How many frames that are speech for sure are in an utterance without the gate, and would not be recognized with it. */
function unheard(
  probabilities: readonly number[],
  turns: readonly number[],
  others: readonly number[],
): number {
  const isIn = (frame: number, bounds: readonly number[], pad: number) =>
    bounds.some((from, index) =>
      index % 2 === 0 && frame >= from - pad && frame < (bounds[index + 1] ?? Infinity) + pad
    );
  return probabilities.filter((probability, frame) =>
    probability >= startProbability && isIn(frame, turns, 0) && !isIn(frame, others, PAD_FRAMES)
  ).length;
}

for (const levelDb of LEVELS_DB) {
  const sum = { frames: 0, left: 0, lost: 0, unheard: 0, moved: 0, tracks: 0, farthest: 0 };
  const shares: Record<string, number> = {};
  for (const background of backgrounds(spoken)) {
    if (!BACKGROUNDS.slice(0, Number(most)).includes(background.name)) continue;
    const noise = background.make(tracks[0]?.sound.length ?? 0);
    const sounds = tracks.map((track) => mixed(track, levelDb, noise));
    const before = await judge(plain, sounds);
    const after = await judge(gated, sounds);
    let frames = 0;
    for (const [index, without] of before.probabilities.entries()) {
      const withGate = after.probabilities[index] ?? [];
      frames += without.length;
      sum.tracks++;
      const [turns, withTurns] = [turnsOf(without), turnsOf(withGate)];
      sum.unheard += unheard(without, turns, withTurns);
      if (turns.join() !== withTurns.join()) sum.moved++;
      let openedAt = -Infinity;
      for (const [frame, probability] of without.entries()) {
        const now = withGate[frame] ?? 0;
        if (now === 0) {
          openedAt = frame + 1;
          if (probability >= endProbability) sum.lost++;
        } else if (frame < openedAt + OPENED_FRAMES) {
          sum.farthest = Math.max(sum.farthest, Math.abs(now - probability));
        }
      }
    }
    sum.frames += frames;
    sum.left += after.left;
    shares[background.name] = Math.round(1_000 * after.left / frames) / 1_000;
  }
  const proved = levelDb >= PROVED_DB;
  report({
    name:
      `the gate at ${levelDb} dB: frames of speech that the model does not hear, or that are in no utterance any more`,
    measured: sum.lost + sum.unheard,
    unit: "faults",
    ...(proved && { limit: 0, exact: true }),
    detail: {
      lost: sum.lost,
      unheard: sum.unheard,
      moved: sum.moved,
      tracks: sum.tracks,
      farthestAfterOpening: sum.farthest,
    },
  });
  report({
    name: `the gate at ${levelDb} dB: the share of frames that is left out`,
    measured: sum.left / sum.frames,
    unit: "",
    detail: shares,
  });
}
await Promise.all([plain.release(), gated.release()]);
