import { assert, assertEquals } from "@std/assert";
import { EarshotError } from "../../lib/errors/mod.ts";
import { Channel, type Clock, systemClock } from "../../lib/lifecycle/mod.ts";
import type { SpeechSound, TtsProvider } from "../../lib/tts/mod.ts";
import type { PartedText } from "../support/emulators/speech_emulator.ts";
import type { SpeechScript } from "../support/emulators/speech_script.ts";
import { SpeechSocketEmulator } from "../support/emulators/speech_socket_emulator.ts";
import { SpeechTcpEmulator } from "../support/emulators/speech_tcp_emulator.ts";
import { openVoice } from "../support/open_voice.ts";
import { spokenBy } from "../support/spoken_by.ts";
import { toneOf } from "../support/tones.ts";
import { inTime, until } from "../support/until.ts";
import type { TtsSubject } from "./tts_subjects.ts";

/** Options of {@linkcode StreamedRig.open}. */
export interface StreamedRigOptions {
  readonly script?: SpeechScript;
  /** That of the voice. */
  readonly clock?: Clock;
}

/** A voice, the text that is written for it, and what it says; disposing checks that nothing is left of it. */
export class StreamedRig implements AsyncDisposable {
  readonly parts = new Channel<string>(1_000);
  readonly canceled = new AbortController();
  readonly #sounds: AsyncIterator<SpeechSound, unknown>;
  #samples = 0;
  #rateHz = 0;

  private constructor(
    readonly provider: TtsProvider,
    readonly emulator: SpeechSocketEmulator | SpeechTcpEmulator,
  ) {
    this.#sounds = this.speak(this.parts)[Symbol.asyncIterator]();
  }

  static async open(
    { name, socket, tcp }: Pick<TtsSubject, "name" | "socket" | "tcp">,
    { script = {}, clock = systemClock }: StreamedRigOptions = {},
  ): Promise<StreamedRig> {
    const remote = socket ?? tcp;
    assert(remote !== undefined, `${name} has no socket`);
    const emulator = socket === undefined
      ? await SpeechTcpEmulator.start(tcp?.dialect() ?? unheard(), script)
      : await SpeechSocketEmulator.start(socket.dialect(), script);
    const { open = openVoice, secrets } = remote;
    const provider = await open(remote.block(emulator.origin), { clock, ...(secrets && { secrets }) });
    return new StreamedRig(provider, emulator);
  }

  /** How long what was heard so far lasts, in ms. */
  get heardMs(): number {
    return this.#rateHz === 0 ? 0 : this.#samples * 1_000 / this.#rateHz;
  }

  /** What the service was sent to speak so far, request by request. */
  get texts(): readonly PartedText[] {
    return this.emulator.requests.flatMap(({ texts }) => texts);
  }

  /** The same, joined. */
  get text(): string {
    return this.texts.flatMap(({ parts }) => parts).join("");
  }

  /** How many texts the service was told the end of. */
  get finished(): number {
    return this.texts.filter(({ finished }) => finished).length;
  }

  /** Writes parts; the text goes on. */
  async write(...parts: readonly string[]): Promise<void> {
    for (const part of parts) await this.parts.send(part);
  }

  /** The sound of another text. */
  speak(parts: AsyncIterable<string>): AsyncIterable<SpeechSound> {
    return spokenBy(this.provider, parts, this.canceled.signal);
  }

  /** The next stretch of sound; `undefined` at the end. */
  async next(): Promise<SpeechSound | undefined> {
    const { done, value } = await inTime(this.#sounds.next(), "sound");
    if (done === true) return undefined;
    this.#samples += value.pcm.length;
    this.#rateHz = value.sampleRateHz;
    return value;
  }

  /** Listens until so much was heard of these sentences. */
  async hear(...sentences: readonly string[]): Promise<void> {
    const dueMs = lengthMs(sentences);
    while (Math.round(this.heardMs) < dueMs) assert(await this.next() !== undefined, "it ends too early");
    assertEquals(Math.round(this.heardMs), dueMs);
  }

  /** Listens to the end, and hears these sentences. */
  async hearAll(...sentences: readonly string[]): Promise<void> {
    await this.hear(...sentences);
    assertEquals(await this.next(), undefined);
  }

  /** Listens to the end; gives `whole`, or the code with which it failed. */
  async outcome(): Promise<string> {
    try {
      while (await this.next() !== undefined) { /* to the end */ }
      return "whole";
    } catch (thrown) {
      return EarshotError.from(thrown).code;
    }
  }

  /** How the last request ended at the service. */
  async closedAtService(): Promise<string> {
    const { requests } = this.emulator;
    await until(() => requests.every(({ state }) => state !== "open"), "the service sees the end");
    return requests.at(-1)?.state ?? "none";
  }

  /** Whether who writes was told that nobody reads any more. */
  async isLeft(): Promise<boolean> {
    return !await this.parts.send("late");
  }

  async leave(): Promise<void> {
    await this.#sounds.return?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.canceled.abort();
    await this.provider.close?.();
    try {
      await until(() => this.emulator.open === 0, "no connection is left");
    } finally {
      await this.emulator[Symbol.asyncDispose]();
    }
  }
}

/** How long sentences sound, in ms. */
export function lengthMs(sentences: readonly string[]): number {
  return sentences.reduce((sum, text) => sum + toneOf(text).durationMs, 0);
}

function unheard(): never {
  throw new Error("it has no connection");
}
