import { EarshotError } from "../../lib/errors/mod.ts";
import { systemClock } from "../../lib/lifecycle/mod.ts";
import { loadSockets } from "../../lib/net/mod.ts";
import {
  type SpeechEvent,
  type TtsProvider,
  TtsRunner,
  type TtsRunnerOptions,
  Voice,
} from "../../lib/tts/mod.ts";
import { SpeechEmulator } from "../support/emulators/speech_emulator.ts";
import { type SpeechScript, spoken } from "../support/emulators/speech_script.ts";
import { SpeechSocketEmulator } from "../support/emulators/speech_socket_emulator.ts";
import { SpeechTcpEmulator } from "../support/emulators/speech_tcp_emulator.ts";
import { FakeEngine } from "../support/fake_engine.ts";
import { embeddedOver, openVoice } from "../support/open_voice.ts";
import { until } from "../support/until.ts";
import type { TtsSubject } from "./tts_subjects.ts";

/** Options of {@linkcode TtsRig.open}. */
export interface TtsRigOptions extends Partial<TtsRunnerOptions> {
  readonly script?: SpeechScript;
  /** How long a service may take before it is called hung, in ms; generous where it is none. */
  readonly timeoutMs?: number;
  readonly name?: string;
}

/** What a voice said. */
export interface Heard {
  readonly pcm: Int16Array;
  readonly sampleRateHz: number;
  /** How long each stretch was, in samples. */
  readonly pieces: readonly number[];
  /** Which services it came from. */
  readonly voices: readonly string[];
}

/** A voice of the suite, its runner, and what it speaks to; disposing checks that nothing is left of it. */
export class TtsRig implements AsyncDisposable {
  readonly events: SpeechEvent[] = [];
  readonly canceled = new AbortController();
  readonly runner: TtsRunner;
  readonly voice: Voice;

  private constructor(
    readonly provider: TtsProvider,
    readonly emulator: SpeechEmulator | SpeechSocketEmulator | SpeechTcpEmulator | undefined,
    readonly engine: FakeEngine | undefined,
    { timeoutMs = 20_000, ...options }: TtsRigOptions,
  ) {
    this.runner = new TtsRunner(provider, {
      clock: systemClock,
      firstSoundTimeoutMs: timeoutMs,
      stallTimeoutMs: timeoutMs,
      onEvent: (event) => this.events.push(event),
      ...options,
    });
    this.voice = new Voice([this.runner]);
  }

  static async open(subject: TtsSubject, options: TtsRigOptions = {}): Promise<TtsRig> {
    const { script = {}, name = subject.type } = options;
    if (subject.socket !== undefined) {
      const { dialect, block, secrets, open = openVoice } = subject.socket;
      // Loading them counts for no deadline of a case.
      await loadSockets();
      const emulator = await SpeechSocketEmulator.start(dialect(), script);
      const provider = await open(block(emulator.origin), { name, ...(secrets && { secrets }) });
      return new TtsRig(provider, emulator, undefined, options);
    }
    if (subject.tcp !== undefined) {
      const { dialect, block } = subject.tcp;
      const emulator = await SpeechTcpEmulator.start(dialect(), script);
      return new TtsRig(await openVoice(block(emulator.origin), { name }), emulator, undefined, options);
    }
    if (subject.http === undefined) {
      const engine = scriptedEngine(script);
      const embedded = subject.type === "flite" ? "flite" : "hibari";
      const { engine: over = (engine: FakeEngine) => embeddedOver(engine, embedded, name) } = subject;
      return new TtsRig(over(engine, name), undefined, engine, options);
    }
    const { dialect, block, secrets, open = openVoice } = subject.http;
    const emulator = await SpeechEmulator.start(dialect(), script);
    const provider = await open(block(emulator.origin), { name, ...(secrets && { secrets }) });
    return new TtsRig(provider, emulator, undefined, options);
  }

  /** How often the service was asked. */
  get requests(): number {
    return this.emulator?.requests.length ?? this.engine?.spoken.length ?? 0;
  }

  /** What happened to sentences, by its name. */
  count(type: SpeechEvent["type"]): number {
    return this.events.filter((event) => event.type === type).length;
  }

  /** Speaks a text with the voice, or another one. */
  async hear(text: string, voice = this.voice): Promise<Heard> {
    const sounds: Int16Array[] = [];
    const voices = new Set<string>();
    let sampleRateHz = 0;
    for await (const sound of voice.speak({ text, language: "en" }, { signal: this.canceled.signal })) {
      sounds.push(sound.pcm);
      voices.add(sound.voice);
      sampleRateHz = sound.sampleRateHz;
    }
    const pcm = new Int16Array(sounds.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const sound of sounds) {
      pcm.set(sound, at);
      at += sound.length;
    }
    return { pcm, sampleRateHz, pieces: sounds.map(({ length }) => length), voices: [...voices] };
  }

  /** The code with which a text fails. */
  async failure(text = "Hello there.", voice = this.voice): Promise<string> {
    try {
      await this.hear(text, voice);
    } catch (thrown) {
      if (thrown instanceof EarshotError) return thrown.code;
      throw thrown;
    }
    return "none";
  }

  /** Every request that was sent is over, and how the last one ended at the service. */
  async closedAtService(): Promise<string> {
    if (this.emulator === undefined) return "closed";
    const { requests } = this.emulator;
    await until(() => requests.every(({ state }) => state !== "open"), "the service sees the end");
    return requests.at(-1)?.state ?? "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.canceled.abort();
    await this.provider.close?.();
    const { emulator, engine } = this;
    engine?.release();
    try {
      if (emulator !== undefined) await until(() => emulator.open === 0, "no connection is left");
    } finally {
      await emulator?.[Symbol.asyncDispose]();
    }
  }
}

/** An engine whose voice follows the script. */
function scriptedEngine(script: SpeechScript): FakeEngine {
  const engine = new FakeEngine();
  const { sampleRateHz = 24_000, fault, faultTimes = Infinity } = script;
  if (fault?.what === "hang") engine.hold();
  engine.voice = (text) => {
    if (fault !== undefined && engine.spoken.length <= faultTimes) {
      if (fault.what === "empty") return { pcm: new Int16Array(), sampleRateHz };
      if (fault.what === "drop") throw new EarshotError("engine.crashed", "Cannot speak: the engine ended");
      throw new EarshotError("engine.job_failed", "Cannot speak: the voice failed");
    }
    return { pcm: spoken(script, text), sampleRateHz };
  };
  return engine;
}
