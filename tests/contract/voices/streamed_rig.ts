import { assert, assertEquals } from "@std/assert";
import { Channel, type Clock, systemClock } from "../../../lib/lifecycle/mod.ts";
import type { SpeechSound, TtsProvider } from "../../../lib/tts/mod.ts";
import type { SpeechScript } from "../../support/emulators/speech_script.ts";
import { SpeechSocketEmulator } from "../../support/emulators/speech_socket_emulator.ts";
import { openVoice } from "../../support/open_voice.ts";
import { toneOf } from "../../support/tones.ts";
import { inTime, until } from "../../support/until.ts";
import type { TtsSubject } from "../tts_subjects.ts";

/** What a test wants of an emulator whose text is streamed. */
export interface StreamedManner {
  /** The time source of its patience. */
  readonly clock?: Clock;
  /** Notes the commands that come. */
  readonly commands?: string[];
}

/** A voice that takes text while it is being written. */
export interface StreamedSubject {
  /** The subject, with an emulator of this manner. */
  readonly make: (manner: StreamedManner) => TtsSubject;
  /** The commands that begin a request, carry text, and end it. */
  readonly begins: string;
  readonly writes: string;
  readonly finishes: string;
  /** How long a text may pause before its request is finished, in ms. */
  readonly maxPauseMs: number;
}

/** Options of {@linkcode StreamedRig.open}. */
export interface StreamedRigOptions {
  readonly script?: SpeechScript;
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
    readonly emulator: SpeechSocketEmulator,
    readonly commands: readonly string[],
  ) {
    this.#sounds = this.speak(this.parts)[Symbol.asyncIterator]();
  }

  static async open(
    { make }: Pick<StreamedSubject, "make">,
    { script = {}, clock = systemClock }: StreamedRigOptions = {},
  ): Promise<StreamedRig> {
    const commands: string[] = [];
    const { socket } = make({ clock, commands });
    if (socket === undefined) throw new Error("it has no socket");
    const emulator = await SpeechSocketEmulator.start(socket.dialect(), script);
    const provider = await openVoice(socket.block(emulator.origin), {
      clock,
      ...(socket.secrets && { secrets: socket.secrets }),
    });
    return new StreamedRig(provider, emulator, commands);
  }

  /** What was heard so far, in ms. */
  get heardMs(): number {
    return this.#rateHz === 0 ? 0 : this.#samples * 1_000 / this.#rateHz;
  }

  /** What the service was sent to speak so far. */
  get text(): string {
    return this.emulator.requests.map(({ text }) => text).join("");
  }

  /** How often a command came. */
  count(command: string): number {
    return this.commands.filter((one) => one === command).length;
  }

  /** Writes parts; the text goes on. */
  async write(...parts: readonly string[]): Promise<void> {
    for (const part of parts) await this.parts.send(part);
  }

  /** The sound of another text. */
  speak(parts: AsyncIterable<string>): AsyncIterable<SpeechSound> {
    const { speakStream } = this.provider;
    if (speakStream === undefined) throw new Error("it takes no streamed text");
    return speakStream(parts, { language: "en" }, this.canceled.signal);
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

  /** How the last request ended at the service. */
  async closedAtService(): Promise<string> {
    const { requests } = this.emulator;
    await until(() => requests.every(({ state }) => state !== "open"), "the service sees the end");
    return requests.at(-1)?.state ?? "none";
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
