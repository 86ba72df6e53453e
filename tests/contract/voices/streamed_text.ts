import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { EarshotError } from "../../../lib/errors/mod.ts";
import { Channel, type Clock, systemClock } from "../../../lib/lifecycle/mod.ts";
import type { SpeechSound, TtsProvider } from "../../../lib/tts/mod.ts";
import type { SpeechScript } from "../../support/emulators/speech_script.ts";
import { SpeechSocketEmulator } from "../../support/emulators/speech_socket_emulator.ts";
import { FakeClock } from "../../support/fake_clock.ts";
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
function lengthMs(sentences: readonly string[]): number {
  return sentences.reduce((sum, text) => sum + toneOf(text).durationMs, 0);
}

const FIRST = "Hello there.";

/** What every voice must do that takes text while it is being written. */
export const STREAMED_CASES: ReadonlyMap<string, (subject: StreamedSubject) => Promise<void>> = new Map(
  Object.entries(
    {
      "an early sentence is heard before the later ones are written": async (subject) => {
        await using rig = await StreamedRig.open(subject);
        await rig.write(FIRST);
        await rig.hear(FIRST);
        assertEquals([rig.text, rig.count(subject.finishes)], [FIRST, 0]);
        await rig.write(" And a second one.");
        await rig.hear(FIRST, "And a second one.");
        rig.parts.close();
        await rig.hearAll(FIRST, "And a second one.");
        assertEquals([rig.emulator.requests.length, rig.count(subject.finishes)], [1, 1]);
      },

      "what the service holds back is spoken once the text has ended": async (subject) => {
        await using rig = await StreamedRig.open(subject);
        await rig.write(FIRST, " And a", " tail");
        await rig.hear(FIRST);
        const tail = rig.next();
        await until(() => rig.count(subject.writes) === 3, "the whole text");
        assertEquals([Math.round(rig.heardMs), rig.count(subject.finishes)], [lengthMs([FIRST]), 0]);
        rig.parts.close();
        assert(await tail !== undefined);
        await rig.hearAll(FIRST, "And a tail");
      },

      "each part is sent as it is": async (subject) => {
        await using rig = await StreamedRig.open(subject);
        await rig.write("Hel", "", "lo ", "the", "re", " ", ",", " you", ".");
        rig.parts.close();
        await rig.hearAll("Hello there , you.");
        assertEquals([rig.text, rig.count(subject.writes)], ["Hello there , you.", 8]);
      },

      "nobody is asked before there is something to speak": async (subject) => {
        await using rig = await StreamedRig.open(subject);
        const sound = rig.next();
        await rig.write(" ", "“", "🙂");
        await until(() => rig.parts.length === 0, "all was taken");
        assertEquals(rig.emulator.requests.length, 0);
        await rig.write("Hi you.");
        assert(await sound !== undefined);
        rig.parts.close();
        while (await rig.next() !== undefined) { /* to the end */ }
        assertEquals([rig.text.trimStart(), rig.count(subject.writes)], ["“🙂Hi you.", 1]);
      },

      "a text without words asks nobody": async (subject) => {
        await using rig = await StreamedRig.open(subject);
        await rig.write(" ", "...", "🙂");
        rig.parts.close();
        assertEquals([await rig.next(), rig.emulator.requests.length], [undefined, 0]);
      },

      "a pause that the service would not bear loses nothing": async (subject) => {
        const clock = new FakeClock();
        await using rig = await StreamedRig.open(subject, { clock });
        await rig.write(FIRST, " Just a moment");
        await rig.hear(FIRST);
        await until(() => rig.count(subject.writes) === 2, "the whole text");
        await clock.advance(subject.maxPauseMs - 1);
        assertEquals(rig.count(subject.finishes), 0);
        await clock.advance(1);
        await rig.hear(FIRST, "Just a moment");
        assertEquals(rig.count(subject.finishes), 1);
        const rest = rig.next();
        // Longer than any service waits.
        await clock.advance(120_000);
        await rig.write(", please.", " Here it is.");
        assert(await rest !== undefined);
        rig.parts.close();
        await rig.hearAll(FIRST, "Just a moment", ", please.", "Here it is.");
        assertEquals([rig.count(subject.begins), rig.count(subject.finishes)], [2, 2]);
      },

      "parts that come in time keep the request": async (subject) => {
        const clock = new FakeClock();
        await using rig = await StreamedRig.open(subject, { clock });
        const sentences = ["One.", "Two of them.", "Three."];
        for (const [index, sentence] of sentences.entries()) {
          await rig.write(`${sentence} `);
          await rig.hear(...sentences.slice(0, index + 1));
          await clock.advance(subject.maxPauseMs - 1);
        }
        rig.parts.close();
        await rig.hearAll(...sentences);
        assertEquals([rig.count(subject.begins), rig.count(subject.finishes)], [1, 1]);
      },

      "a text of any length": async (subject) => {
        await using rig = await StreamedRig.open(subject);
        const sentence = `${"word ".repeat(100)}end. `;
        await rig.write(...Array.from({ length: 9 }, () => sentence));
        rig.parts.close();
        let last = 0;
        while (await rig.next() !== undefined) last = Math.round(rig.heardMs);
        assertEquals(rig.text, sentence.repeat(9));
        assert(last >= 9 * toneOf(sentence.trim()).durationMs, "all of it is heard");
        assertEquals([rig.count(subject.begins), rig.count(subject.writes)], [3, 9]);
      },

      "given up while there is no text yet": async (subject) => {
        await using rig = await StreamedRig.open(subject);
        const failed = assertRejects(() => rig.next(), EarshotError);
        rig.canceled.abort();
        assertEquals([(await failed).code, rig.emulator.requests.length], ["canceled", 0]);
      },

      "given up while further text is awaited": async (subject) => {
        await using rig = await StreamedRig.open(subject);
        await rig.write(FIRST);
        await rig.hear(FIRST);
        const failed = assertRejects(() => rig.next(), EarshotError);
        rig.canceled.abort();
        assertEquals([(await failed).code, await rig.closedAtService()], ["canceled", "closed"]);
        await rig.write(" Nobody hears this.");
        assertEquals(rig.text, FIRST);
      },

      "given up at each step of the opening": async (subject) => {
        for (const at of ["headers", "first"] as const) {
          await using rig = await StreamedRig.open(subject, { script: { fault: { what: "hang", at } } });
          await rig.write(FIRST);
          const failed = assertRejects(() => rig.next(), EarshotError);
          await until(() => at === "headers" ? rig.emulator.requests.length === 1 : rig.text === FIRST, at);
          rig.canceled.abort();
          assertEquals([(await failed).code, await rig.closedAtService()], ["canceled", "closed"]);
        }
      },

      "given up amid the sound, of which nothing more is heard": async (subject) => {
        await using rig = await StreamedRig.open(subject, { script: { fault: { what: "endless" } } });
        await rig.write(FIRST, " And more.");
        for (let count = 0; count < 3; count++) assert(await rig.next() !== undefined);
        // By now far more has come than was heard.
        const { requests } = rig.emulator;
        await until(() => (requests[0]?.sentBytes ?? 0) > 100_000, "sound is on its way");
        rig.canceled.abort();
        assertEquals((await assertRejects(() => rig.next(), EarshotError)).code, "canceled");
        assertEquals([await rig.next(), await rig.closedAtService()], [undefined, "closed"]);
      },

      "given up by leaving the loop": async (subject) => {
        await using rig = await StreamedRig.open(subject);
        await rig.write(FIRST);
        assert(await rig.next() !== undefined);
        await rig.leave();
        assertEquals(await rig.closedAtService(), "closed");
        assertEquals(await rig.parts.send("late"), false, "nobody writes for it any more");
      },

      "a text that fails ends the request with its own error": async (subject) => {
        await using rig = await StreamedRig.open(subject);
        await rig.write(FIRST);
        await rig.hear(FIRST);
        const failed = assertRejects(() => rig.next());
        const error = new EarshotError("llm.timeout", "Cannot answer");
        rig.parts.close(error);
        assertStrictEquals(await failed, error);
        assertEquals(await rig.closedAtService(), "closed");
      },

      "a service that ends amid the text is told as such": async (subject) => {
        await using rig = await StreamedRig.open(subject);
        await rig.write(FIRST);
        await rig.hear(FIRST);
        const failed = assertRejects(() => rig.next(), EarshotError);
        rig.emulator.dropAll();
        assertEquals((await failed).code, "tts.disconnected");
      },
    } satisfies Record<string, (subject: StreamedSubject) => Promise<void>>,
  ),
);
