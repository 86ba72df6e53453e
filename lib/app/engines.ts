import {
  type Engine,
  EngineClient,
  type EngineStats,
  type LaneStats,
  type ModelPaths,
  type ShownEngineStats,
} from "../engine/mod.ts";
import type { Clock, Scope } from "../lifecycle/mod.ts";
import type { ModelStore } from "../models/mod.ts";
import type { Config } from "./config.ts";

/** Options of {@linkcode Engines.open}. */
export interface EnginesOptions {
  readonly config: Pick<Config, "engine">;
  /** Where the weights are. */
  readonly store: ModelStore;
  /** Owns the engine processes. */
  readonly scope: Scope;
  readonly clock: Clock;
  /** Whether voice activity is detected. */
  readonly detection: boolean;
  /** The models of the embedded voices that are wanted, by name. */
  readonly voiceModels?: readonly string[];
}

/** The order in which states of several engines count for all of them, the worst first. */
const STATES: readonly EngineStats["state"][] = ["closed", "waiting", "starting", "idle", "ready"];

/**
 * The engine processes of the gateway: the main one detects voice activity, has the embedded voice and runs the first
 * embedded recognizer; each further recognizer, and each voice that the user brought, has a process of its own, so that a
 * bad model costs nobody else.
 */
export class Engines
  implements Pick<Engine, "hear" | "releaseSound" | "detectSpeech" | "closeVadStream" | "speak"> {
  readonly #options: EnginesOptions;
  readonly #shared: ModelPaths;
  readonly #clients: EngineClient[] = [];
  /** Engines of voices that the user brought, by what they have loaded. */
  readonly #voices = new Map<string, EngineClient>();
  #main: EngineClient | undefined;

  private constructor(options: EnginesOptions, shared: ModelPaths) {
    this.#options = options;
    this.#shared = shared;
  }

  /**
   * Verifies the weights that are not a recognizer's; no process is started yet.
   *
   * @throws {EarshotError} `model.missing`, `model.corrupt`
   */
  static async open(options: EnginesOptions): Promise<Engines> {
    const { store, detection, voiceModels = [] } = options;
    const silero = detection ? await store.resolve("silero-vad-v6") : undefined;
    const hibari = voiceModels.includes("hibari") ? await store.resolve("hibari") : undefined;
    const flite = voiceModels.includes("flite-slt") ? await store.resolve("flite-slt") : undefined;
    return new Engines(options, {
      ...(silero && { silero: silero.model }),
      ...(hibari && {
        hibari: { voicePath: hibari.voice, wordsPath: hibari.words, lettersPath: hibari.letters },
      }),
      ...(flite && { flite: flite.module }),
    });
  }

  /** An engine with the models of a recognizer. */
  add(models: ModelPaths): EngineClient {
    if (this.#main !== undefined) return this.#open(models);
    this.#main = this.#open({ ...this.#shared, ...models });
    return this.#main;
  }

  /** An engine with a voice: the main one with the embedded voice, or the one for a voice that the user brought. */
  addVoice({ voice }: Pick<ModelPaths, "hibari" | "flite" | "voice">): Pick<Engine, "speak"> {
    if (voice === undefined) return this;
    const key = JSON.stringify(voice);
    const client = this.#voices.get(key) ?? this.#open({ voice });
    this.#voices.set(key, client);
    return client;
  }

  #open(models: ModelPaths): EngineClient {
    const { config: { engine }, scope, clock } = this.#options;
    const client = new EngineClient({
      runtime: engine.runtime,
      ...(engine.recognitionWorkers !== undefined && { recognitionWorkers: engine.recognitionWorkers }),
      recognitionQueue: engine.recognitionQueue,
      clock,
      models,
    });
    scope.own(`engine ${this.#clients.length + 1}`, () => client.close(), { deadlineMs: 4_000 });
    this.#clients.push(client);
    return client;
  }

  /** Starts the processes and loads their models. */
  async warm(): Promise<void> {
    if (this.#main === undefined && Object.keys(this.#shared).length > 0) this.add({});
    await Promise.all(this.#clients.map((client) => client.warm()));
  }

  /** How they are, together. */
  get stats(): ShownEngineStats {
    const all = this.#clients.map(({ stats }) => stats);
    const state = STATES.find((state) => all.some((stats) => stats.state === state)) ?? "idle";
    const lane = (name: "recognition" | "streaming" | "detection" | "voice") =>
      sumOf(all.map((stats) => stats[name]));
    return {
      state,
      warmed: all.every(({ warmed }) => warmed),
      runtime: all[0]?.runtime,
      permissions: all[0]?.permissions,
      restarts: all.reduce((sum, { restarts }) => sum + restarts, 0),
      recognition: lane("recognition"),
      streaming: lane("streaming"),
      detection: lane("detection"),
      voice: lane("voice"),
    };
  }

  /** See {@linkcode Engine}. */
  hear(...args: Parameters<Engine["hear"]>): ReturnType<Engine["hear"]> {
    return this.#first.hear(...args);
  }

  /** See {@linkcode Engine}: whichever has recognized it. */
  releaseSound(source: object, fromSeq?: number): void {
    for (const client of this.#clients) client.releaseSound(source, fromSeq);
  }

  /** See {@linkcode Engine}. */
  detectSpeech(...args: Parameters<Engine["detectSpeech"]>): ReturnType<Engine["detectSpeech"]> {
    return this.#first.detectSpeech(...args);
  }

  /** See {@linkcode Engine}. */
  closeVadStream(streamId: number): void {
    this.#first.closeVadStream(streamId);
  }

  /** See {@linkcode Engine}. */
  speak(...args: Parameters<Engine["speak"]>): ReturnType<Engine["speak"]> {
    return this.#first.speak(...args);
  }

  /** The one with the shared models. */
  get #first(): EngineClient {
    return this.#main ?? this.add({});
  }
}

function sumOf(lanes: readonly LaneStats[]): LaneStats {
  const sum = (name: keyof LaneStats) => lanes.reduce((total, lane) => total + lane[name], 0);
  return {
    queued: sum("queued"),
    running: sum("running"),
    done: sum("done"),
    failed: sum("failed"),
    refused: sum("refused"),
    displaced: sum("displaced"),
  };
}
