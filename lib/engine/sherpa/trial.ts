import { EarshotError } from "../../errors/mod.ts";
import { type Clock, systemClock, withDeadline } from "../../lifecycle/mod.ts";
import { ENGINE_SAMPLE_RATE_HZ } from "../contract.ts";
import { engineArgs, needsOf, prepareRuntime } from "../engine_launch.ts";
import { type EngineEnd, EngineProcess } from "../engine_process.ts";
import type { EngineJob, EngineReply, ModelPaths } from "../messages.ts";
import { isStreaming, type SherpaModel } from "../sherpa_model.ts";
import type { SherpaVoice } from "../sherpa_voice.ts";
import { failureIn, reportsLoss } from "./complaints.ts";

/** How long loading a model and trying it once may take, in ms: the largest ones have gigabytes. */
const TRIAL_DEADLINE_MS = 180_000;
/** How long the process has to end by itself afterward, in ms. */
const CLOSE_DEADLINE_MS = 2_000;
/** How many lines of its stderr are kept. */
const MAX_LINES = 200;

/** Options of {@linkcode tryModel}. */
export interface TrialOptions {
  /** Its name, for errors. */
  readonly name: string;
  readonly signal: AbortSignal;
  /** The module to run as the engine from a checkout, in place of the engine itself. */
  readonly entry?: URL;
  readonly clock?: Clock;
}

/**
 * Loads a model in an engine of its own and recognizes a second of noise, then ends that engine: what makes sherpa-onnx
 * end its process, or recognize nothing at all from then on, shows before it is used.
 *
 * @throws {EarshotError} `model.unfit` with sherpa-onnx's own words, `engine.runtime`, `canceled`
 */
export async function tryModel(model: SherpaModel, options: TrialOptions): Promise<void> {
  const what = `sherpa-onnx cannot recognize with it as ${model.kind}`;
  await tryInEngine({ sherpa: model }, secondOfNoise(model), { ...options, what });
}

/**
 * Loads a voice in an engine of its own and has it say a word, then ends that engine.
 *
 * @throws {EarshotError} `model.unfit` with sherpa-onnx's own words, `engine.runtime`, `canceled`
 */
export async function tryVoice(voice: SherpaVoice, options: TrialOptions): Promise<void> {
  const what = `sherpa-onnx cannot speak with it as ${voice.kind}`;
  const job = { type: "speak", id: 1, text: voice.sample } as const;
  const answer = await tryInEngine({ voice }, job, { ...options, what });
  if (answer.type === "spoken" && answer.pcm.some((sample) => sample !== 0)) return;
  throw unfit(options.name, `${what}: it makes no sound of "${voice.sample}"`);
}

async function tryInEngine(
  models: ModelPaths,
  job: EngineJob,
  { name, what, signal, entry, clock = systemClock }: TrialOptions & { readonly what: string },
): Promise<EngineReply> {
  const setup = { runtime: "native", recognitionWorkers: 1, models } as const;
  const needs = needsOf(setup);
  await prepareRuntime(needs, { ...(entry && { entry }), signal });
  const lines: string[] = [];
  const answer = Promise.withResolvers<EngineReply>();
  const process = new EngineProcess(engineArgs(needs, entry), {
    onLine: (line) => lines.length < MAX_LINES && lines.push(line),
    onReply: (reply) => {
      if (reply.type === "ready") process.send(job);
      else answer.resolve(reply);
    },
  });
  process.send({ type: "setup", ...setup });
  const refuse = (fault: string) => unfit(name, `${what}: ${failureIn(lines) ?? fault}`);
  try {
    const outcome = await withDeadline(Promise.race([answer.promise, process.ended]), TRIAL_DEADLINE_MS, {
      what: `${name}, which is tried`,
      signal,
      clock,
    });
    // All that it wrote is read once it is gone.
    const end = await process.close(CLOSE_DEADLINE_MS, clock);
    if (!("type" in outcome)) throw refuse(describeEnd(end));
    if (outcome.type === "runtime_failed") throw new EarshotError("engine.runtime", outcome.message);
    if (outcome.type === "failed") throw refuse(outcome.message);
    if (lines.some(reportsLoss)) throw refuse("it lost what it was given");
    return outcome;
  } catch (thrown) {
    process.kill();
    await process.ended;
    const error = EarshotError.from(thrown);
    throw error.code === "lifecycle.deadline" ? refuse("it took too long to load it and to try it") : error;
  }
}

function secondOfNoise(model: SherpaModel): EngineJob {
  const pcm = new Int16Array(ENGINE_SAMPLE_RATE_HZ);
  // The same in each run, and no word: a linear congruential generator.
  let state = 1;
  for (const index of pcm.keys()) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    pcm[index] = (state / 2 ** 31 - 0.5) * 2_000;
  }
  const sound = { type: "samples", pcm } as const;
  return isStreaming(model)
    ? { type: "stream", id: 1, streamId: 1, sound, start: true, finish: true }
    : { type: "recognize", id: 1, sound };
}

function unfit(name: string, fault: string): EarshotError {
  return new EarshotError("model.unfit", `Cannot use ${name}: ${fault}`);
}

function describeEnd({ code, signal }: EngineEnd): string {
  return `it ended its process with code ${code}${
    signal === null ? "" : ` (${signal}); is there memory enough?`
  }`;
}
