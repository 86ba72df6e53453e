import {
  type Engine,
  EngineClient,
  type EngineSound,
  type JobOptions,
  type Recognition,
} from "../../../lib/engine/mod.ts";
import { EarshotError } from "../../../lib/errors/mod.ts";
import type { Clock } from "../../../lib/lifecycle/mod.ts";
import { FakeEngine } from "../../support/fake_engine.ts";
import { type TestEngine } from "../../support/test_gateway.ts";

const ENTRY = new URL("./scripted_engine.ts", import.meta.url);
/** How much faster the deadlines of the engine process pass: 10 s for a recognition are 1 s here. */
const SPEED = 10;
const FLOOD = "words without end ".repeat(300_000);

/** How recognition behaves. */
export type Manner = "answers" | "hangs" | "fails" | "floods";

/** The engine of one cell of the matrix, and how it behaves. */
export interface EngineControl extends AsyncDisposable, Pick<Engine, "speak"> {
  /** For the gateway. */
  readonly engine: TestEngine;
  /** From now on. */
  behave(manner: Manner): void;
  /** Whether words are being found. */
  readonly recognizing: boolean;
  /** Whether something is being spoken. */
  readonly speaking: boolean;
  /** Signals the process, where it is one. */
  signal(signal: Deno.Signal): void;
}

/** An engine inside this process, whose recognition waits, fails or answers as it is told. */
class ScriptedEngine extends FakeEngine implements EngineControl {
  readonly engine = this;
  #manner: Manner = "answers";
  #waiting: PromiseWithResolvers<void> | undefined;
  #jobs = 0;

  get recognizing(): boolean {
    return this.#jobs > 0;
  }

  get speaking(): boolean {
    return false;
  }

  behave(manner: Manner): void {
    this.#manner = manner;
    if (manner === "hangs") this.#waiting ??= Promise.withResolvers();
    else this.#waiting = void this.#waiting?.resolve();
  }

  signal(): void {
    throw new TypeError("Cannot signal: this engine is no process");
  }

  override async recognize(sound: EngineSound, options: JobOptions = {}): Promise<Recognition> {
    this.#jobs++;
    try {
      const given = Promise.withResolvers<void>();
      options.signal?.addEventListener("abort", () => given.resolve(), { once: true });
      if (this.#waiting !== undefined) await Promise.race([this.#waiting.promise, given.promise]);
      if (this.#manner === "fails") {
        throw new EarshotError("engine.job_failed", "Cannot recognize: the script says so");
      }
      const recognition = await super.recognize(sound, options);
      return this.#manner === "floods" ? { ...recognition, text: FLOOD } : recognition;
    } finally {
      this.#jobs--;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

const quick: Clock = {
  nowMs: () => performance.now() * SPEED,
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, delayMs / SPEED);
    return () => clearTimeout(timer);
  },
};

/** An engine in a process of its own. */
class EngineProcess implements EngineControl {
  readonly engine = new EngineClient({ models: {}, runtime: "wasm", entry: ENTRY, clock: quick });

  get recognizing(): boolean {
    return this.engine.stats.recognition.running > 0;
  }

  get speaking(): boolean {
    return this.engine.stats.voice.running > 0;
  }

  speak(text: string, options: JobOptions) {
    return this.engine.speak(text, options);
  }

  behave(): void {}

  signal(signal: Deno.Signal): void {
    const { pid } = this.engine.stats;
    if (pid === undefined) throw new Error("Cannot signal: the engine does not run");
    Deno.kill(pid, signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.engine.close();
  }
}

/** The engine that a fault needs. */
export async function openEngine(kind: "scripted" | "process"): Promise<EngineControl> {
  if (kind === "scripted") return new ScriptedEngine();
  const control = new EngineProcess();
  await control.engine.warm();
  return control;
}
