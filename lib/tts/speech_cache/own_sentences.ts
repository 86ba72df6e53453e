import { getLogger } from "@logtape/logtape";
import type { SpeechEncoders } from "../../audio/mod.ts";
import { EarshotError } from "../../errors/mod.ts";
import { type Clock, pause, type Scope, within } from "../../lifecycle/mod.ts";
import type { SentenceLanguage } from "../sentences/sentences.ts";
import type { Voice } from "../voice.ts";
import { nameOf, type Packets, type SpeechKey } from "./packets.ts";
import type { SpeechCache } from "./speech_cache.ts";

/** How long the disk is waited for, in ms: what ships is at hand. */
const READ_MS = 100;
/** How many sentences may wait to be spoken; there are some 100 of them in each language. */
const MAX_WAITING = 256;
/** How long one may take, in ms. */
const MAKE_MS = 30_000;
/** How long a voice is waited for that has no room to spare, in ms, and how often it is looked at. */
const ROOM_MS = 30_000;
const LOOK_MS = 1_000;
/** How long a sentence that failed is not tried again, in ms. */
const RETRY_MS = 600_000;
/** How many failures are remembered. */
const MAX_FAILED = 1_000;
/** More than half a minute of sound: no sentence. */
const MAX_BYTES = 98_304;

const logger = getLogger(["earshot", "tts"]);

/** Options of {@linkcode OwnSentences}. */
export interface OwnSentencesOptions {
  /** Owns what is under way. */
  readonly scope: Scope;
  readonly clock: Clock;
  readonly cache: SpeechCache;
  readonly encoders: Pick<SpeechEncoders, "open">;
}

/** A fixed sentence in the voice of an agent. */
export interface OwnSentence {
  readonly text: string;
  readonly language: SentenceLanguage;
  /** How long each packet sounds, in ms. */
  readonly frameMs: number;
  readonly voice: Voice;
}

/** What became of sentences. */
export interface OwnSentencesStats {
  readonly made: number;
  readonly failed: number;
  /** Not tried because too many waited. */
  readonly refused: number;
}

interface Job extends OwnSentence {
  readonly key: SpeechKey;
}

/**
 * Fixed sentences in an agent's own voice. One that was never spoken with it is spoken in the background, one at a time in
 * the process, and only while its voice has room to spare; until then there is none, and what ships is played.
 */
export class OwnSentences {
  readonly #options: OwnSentencesOptions;
  readonly #waiting = new Map<string, Job>();
  /** Until when each sentence that failed is left alone, the oldest first. */
  readonly #failedUntilMs = new Map<string, number>();
  #working = false;
  #made = 0;
  #failed = 0;
  #refused = 0;

  /** Makes nothing yet. */
  constructor(options: OwnSentencesOptions) {
    this.#options = options;
  }

  /** What became of them. */
  get stats(): OwnSentencesStats {
    return { made: this.#made, failed: this.#failed, refused: this.#refused };
  }

  /**
   * The packets of a sentence, within 100 ms; `undefined` where there are none yet, and where the voice does not speak the
   * language, or no better than what ships. Never rejects.
   */
  async packets(sentence: OwnSentence): Promise<Packets | undefined> {
    const { text, language, frameMs, voice } = sentence;
    const member = voice.memberFor(language);
    if (member?.print === undefined || !member.ownSentences) return undefined;
    const key = { print: member.print, frameMs, language, text };
    const found = await within(this.#options.cache.sentence(key), READ_MS, this.#options.clock);
    if (found === undefined) this.#want({ ...sentence, key });
    return found;
  }

  #want(job: Job): void {
    const { scope, clock } = this.#options;
    const name = nameOf(job.key);
    if (scope.state !== "open" || this.#waiting.has(name)) return;
    if ((this.#failedUntilMs.get(name) ?? -Infinity) > clock.nowMs()) return;
    if (this.#waiting.size >= MAX_WAITING) {
      this.#refused++;
      return;
    }
    this.#waiting.set(name, job);
    if (this.#working) return;
    this.#working = true;
    scope.run("sentences", async (signal) => {
      try {
        await this.#work(signal);
      } finally {
        this.#working = false;
      }
    });
  }

  async #work(signal: AbortSignal): Promise<void> {
    for (let [next] = this.#waiting; next !== undefined; [next] = this.#waiting) {
      const [name, job] = next;
      try {
        await this.#make(job, signal);
        this.#made++;
        this.#failedUntilMs.delete(name);
      } catch (thrown) {
        if (signal.aborted) return;
        this.#failed++;
        this.#leaveAlone(name);
        const { code, message } = EarshotError.from(thrown, "tts.failed");
        logger.debug("A sentence stays as it ships: {message}", { code, message });
      } finally {
        // Only now, so that it is not asked for twice.
        this.#waiting.delete(name);
      }
    }
  }

  async #make(job: Job, signal: AbortSignal): Promise<void> {
    const { cache, clock } = this.#options;
    await this.#room(job, signal);
    const late = new AbortController();
    const cancel = clock.schedule(MAKE_MS, () => {
      late.abort(new EarshotError("tts.timeout", `Cannot speak a sentence: ${MAKE_MS} ms have passed`));
    });
    try {
      await cache.keepSentence(job.key, await this.#speak(job, AbortSignal.any([signal, late.signal])));
    } finally {
      cancel();
    }
  }

  /** Whatever is spoken to somebody goes first. */
  async #room({ voice, language }: Job, signal: AbortSignal): Promise<void> {
    for (let waitedMs = 0; voice.memberFor(language)?.hasRoomToSpare !== true; waitedMs += LOOK_MS) {
      if (waitedMs >= ROOM_MS) {
        throw new EarshotError("tts.busy", "Cannot speak a sentence: the voice is busy");
      }
      await pause(LOOK_MS, { clock: this.#options.clock, signal });
    }
  }

  async #speak(
    { text, language, frameMs, voice, key }: Job,
    signal: AbortSignal,
  ): Promise<Packets> {
    const encoder = this.#options.encoders.open({ frameDurationMs: frameMs, signal });
    const packets: Uint8Array<ArrayBuffer>[] = [];
    let sizeBytes = 0;
    const take = (encoded: Packets) => {
      packets.push(...encoded);
      sizeBytes += encoded.reduce((sum, packet) => sum + packet.length, 0);
      if (sizeBytes > MAX_BYTES) {
        throw new EarshotError("tts.protocol", "Cannot keep a sentence: it has no end");
      }
    };
    let begun = false;
    try {
      for await (const sound of voice.speak({ text, language }, { signal, background: true })) {
        if (voice.printOf(sound.voice) !== key.print) {
          throw new EarshotError("tts.failed", "Cannot keep a sentence: another voice took over");
        }
        if (!begun) encoder.piece({ voice: sound.voice });
        begun = true;
        take(await encoder.write(sound));
      }
      if (!begun) {
        throw new EarshotError("tts.failed", "Cannot keep a sentence: the voice makes no sound of it");
      }
      take((await encoder.endPiece()).packets);
      take(await encoder.finish());
      return packets;
    } finally {
      encoder.close();
    }
  }

  #leaveAlone(name: string): void {
    this.#failedUntilMs.delete(name);
    this.#failedUntilMs.set(name, this.#options.clock.nowMs() + RETRY_MS);
    const [oldest] = this.#failedUntilMs.keys();
    if (oldest !== undefined && this.#failedUntilMs.size > MAX_FAILED) this.#failedUntilMs.delete(oldest);
  }
}
