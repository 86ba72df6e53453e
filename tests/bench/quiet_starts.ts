/**
 * By which rule the beginning of speech is found in front of a service that is billed by the sound: how many speakers are
 * missed, were they quiet, how late the rule knows it, how much before what it calls the beginning somebody has spoken
 * already, and how many noises it takes for speech. The sound goes through Opus, in a room at -70 dB to full scale.
 * Another folder with a manifest.json may be given as the argument.
 *
 * `deno task quiet-starts`, half a minute
 */
import { OpusDecoder, OpusEncoder } from "../../lib/audio/mod.ts";
import type { EngineClient } from "../../lib/engine/mod.ts";
import { Scope } from "../../lib/lifecycle/mod.ts";
import { noise } from "../support/noise.ts";
import { openWarmEngine } from "../support/real_engine.ts";
import { speechClips, speechClipsIn } from "../support/speech.ts";
import { noises } from "./support/noises.ts";
import { percentile, report, round } from "./support/report.ts";

const HZ = 16_000;
const FRAME_MS = 32;
/** Ten frames. */
const BATCH_SAMPLES = 5_120;
const PACKET_SAMPLES = 960;
/** Before a clip, in samples. */
const LEAD_SAMPLES = 2 * HZ;
/** White noise that is as loud has -70 dB to full scale. */
const ROOM_PEAK = 18;
/** The shortest part of a clip that shows its loudness, in samples, and how far below its loudest one speech begins. */
const LEVEL_SAMPLES = 320;
const ONSET_DB = -30;
const GAINS_DB = [0, -20, -30, -40] as const;

/** Where a rule says that speech begins, and with which frame it knows. */
interface Start {
  readonly frame: number;
  readonly knownFrame: number;
}

type Rule = (probabilities: readonly number[]) => Start | undefined;

/** So many frames in a row are at least as probable. */
function inARow(least: number, frames: number): Rule {
  return (probabilities) => {
    for (let at = 0, run = 0; at < probabilities.length; at++) {
      run = (probabilities[at] ?? 0) >= least ? run + 1 : 0;
      if (run === frames) return { frame: at - frames + 1, knownFrame: at };
    }
    return undefined;
  };
}

/** So many of the last frames are at least as probable. */
function within(least: number, frames: number, last: number): Rule {
  return (probabilities) => {
    const found: number[] = [];
    for (const [at, probability] of probabilities.entries()) {
      if (probability < least) continue;
      found.push(at);
      const frame = found.at(-frames);
      if (frame !== undefined && at - frame < last) return { frame, knownFrame: at };
    }
    return undefined;
  };
}

const RULES: readonly (readonly [name: string, rule: Rule])[] = [
  ["3 in a row of 0.5, as the detector", inARow(0.5, 3)],
  ["3 in a row of 0.3", inARow(0.3, 3)],
  ["5 of 0.15 within 1 s, as evidence", within(0.15, 5, 32)],
  ["3 of 0.15 within 0.5 s", within(0.15, 3, 16)],
];

function throughOpus(pcm: Int16Array): Int16Array {
  const encoder = new OpusEncoder({ sampleRateHz: HZ, dtx: true });
  const decoder = new OpusDecoder();
  const heard = new Int16Array(pcm.length - pcm.length % PACKET_SAMPLES);
  for (let at = 0; at < heard.length; at += PACKET_SAMPLES) {
    heard.set(decoder.decode(encoder.encode(pcm.subarray(at, at + PACKET_SAMPLES))), at);
  }
  encoder.close();
  decoder.close();
  return heard;
}

let streams = 0;

async function judge(engine: EngineClient, pcm: Int16Array): Promise<readonly number[]> {
  const streamId = ++streams;
  const probabilities: number[] = [];
  for (let at = 0; at + BATCH_SAMPLES <= pcm.length; at += BATCH_SAMPLES) {
    const [response] = await engine.detectSpeech([{ streamId, pcm: pcm.slice(at, at + BATCH_SAMPLES) }]);
    probabilities.push(...response?.probabilities ?? []);
  }
  engine.closeVadStream(streamId);
  return probabilities;
}

/** The sample with which somebody begins to speak. */
function onsetOf(pcm: Int16Array): number {
  const levels = Array.from({ length: Math.floor(pcm.length / LEVEL_SAMPLES) }, (_, index) => {
    const part = pcm.subarray(index * LEVEL_SAMPLES, (index + 1) * LEVEL_SAMPLES);
    return Math.sqrt(part.reduce((sum, sample) => sum + sample ** 2, 0) / part.length);
  });
  const loudest = levels.reduce((most, level) => Math.max(most, level), 0);
  return levels.findIndex((level) => level > loudest * 10 ** (ONSET_DB / 20)) * LEVEL_SAMPLES;
}

function inRoom(pcm: Int16Array, gainDb: number): Int16Array {
  const gain = 10 ** (gainDb / 20);
  return noise(LEAD_SAMPLES + pcm.length, ROOM_PEAK).map((sample, at) =>
    Math.max(-32_768, Math.min(32_767, sample + Math.round(gain * (pcm[at - LEAD_SAMPLES] ?? 0))))
  );
}

const [dir] = Deno.args;
const clips = dir === undefined ? speechClips() : speechClipsIn(dir);
await using scope = new Scope("quiet starts");
const engine = await openWarmEngine(scope);

for (const gainDb of GAINS_DB) {
  const heard: { readonly onset: number; readonly probabilities: readonly number[] }[] = [];
  for (const { pcm } of clips) {
    heard.push({
      onset: (LEAD_SAMPLES + onsetOf(pcm)) / HZ * 1_000,
      probabilities: await judge(engine, throughOpus(inRoom(pcm, gainDb))),
    });
  }
  for (const [name, rule] of RULES) {
    const starts = heard.flatMap(({ onset, probabilities }) => {
      const start = rule(probabilities);
      return start === undefined ? [] : [{
        knownMs: (start.knownFrame + 1) * FRAME_MS - onset,
        padMs: start.frame * FRAME_MS - onset,
      }];
    });
    const pads = starts.map(({ padMs }) => padMs);
    report({
      name: `${name}: of ${clips.length} speakers at ${gainDb} dB, those who are missed`,
      measured: clips.length - starts.length,
      unit: "speakers",
      detail: starts.length === 0 ? {} : {
        knownAfterMs: [0.5, 0.9, 1].map((share) =>
          round(percentile(starts.map(({ knownMs }) => knownMs), share))
        ),
        spokeBeforeMs: [0.5, 0.9, 1].map((share) => round(percentile(pads, share))),
        early: pads.filter((ms) => ms < -200).length,
      },
    });
  }
}

const all = [...noises(), { name: "room at -70 dB, 60 s", pcm: noise(60 * HZ, ROOM_PEAK) }];
const judged: { readonly name: string; readonly probabilities: readonly number[] }[] = [];
for (const { name, pcm } of all) judged.push({ name, probabilities: await judge(engine, throughOpus(pcm)) });
for (const [name, rule] of RULES) {
  const taken = judged.filter(({ probabilities }) => rule(probabilities) !== undefined).map(({ name }) =>
    name
  );
  report({
    name: `${name}: of ${all.length} noises, those that are taken for speech`,
    measured: taken.length,
    unit: "noises",
    detail: { taken },
  });
}
