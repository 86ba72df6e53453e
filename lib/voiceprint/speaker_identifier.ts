import { type AudioChunk, joinPcm, writeWav } from "../audio/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import { type Clock, raceSignal } from "../lifecycle/mod.ts";
import { serviceError, ServiceGuard, type ServiceName, type ServiceStats } from "../service/mod.ts";
import type { VoiceprintConfig } from "./config.ts";
import type { Identification, VoiceprintProvider } from "./contract.ts";

/** Named in errors: there is one. */
const SERVICE: ServiceName = { family: "voiceprint", name: "the voiceprint service" };

/** What a session's sound is decoded to. */
const SAMPLE_RATE_HZ = 16_000;
/** Faults in a row that open the circuit breaker. */
const BREAKER_FAILURES = 3;

/** Options of a {@linkcode SpeakerIdentifier}. */
export interface SpeakerIdentifierOptions
  extends Pick<VoiceprintConfig, "speakers" | "minScore" | "timeoutMs" | "minMs" | "maxConcurrent"> {
  /** The time source. */
  readonly clock: Clock;
  /** Told what came of each question, for metrics and the log; must not throw. */
  readonly onEvent?: (event: VoiceprintEvent) => void;
}

/** What came of a question, without a name in it. */
export interface VoiceprintEvent {
  /** What came of it. */
  readonly outcome: Identification["type"];
  /** The fault, when it failed or came too late. */
  readonly error?: EarshotError;
  /** From the question to the answer, in ms; absent when the service was not asked. */
  readonly durationMs?: number;
  /** How much of the turn's sound was gone before it could be asked about, in ms. */
  readonly droppedMs: number;
}

/** The sound of a turn. */
export interface Utterance {
  /** Its chunks, decoded, in order. */
  readonly chunks: readonly AudioChunk[];
  /** How much was dropped before it could be read, in ms. Default: nothing. */
  readonly droppedMs?: number;
}

/** Asks who spoke, and sees to it that nobody waits longer than agreed. It owns its adapter. */
export class SpeakerIdentifier {
  readonly #adapter: VoiceprintProvider;
  readonly #options: SpeakerIdentifierOptions;
  readonly #guard: ServiceGuard;
  readonly #asked = new Map<AbortController, Promise<unknown>>();
  #closed = false;

  /** Asks nobody yet. */
  constructor(adapter: VoiceprintProvider, options: SpeakerIdentifierOptions) {
    this.#adapter = adapter;
    this.#options = options;
    this.#guard = new ServiceGuard({
      service: SERVICE,
      clock: options.clock,
      maxConcurrent: options.maxConcurrent,
      breakerFailures: BREAKER_FAILURES,
    });
  }

  /** How it is doing. */
  get stats(): ServiceStats {
    return this.#guard.stats;
  }

  /**
   * Who spoke. Never rejects, and resolves within `timeoutMs`, or as soon as `signal` aborts. The chunks have been
   * read on return.
   */
  identify(utterance: Utterance, signal: AbortSignal): Promise<Identification> {
    const { chunks, droppedMs = 0 } = utterance;
    const { minMs } = this.#options;
    const audioMs = chunks.reduce((sum, { durationMs }) => sum + durationMs, 0);
    const settle = (result: Identification, facts: Partial<VoiceprintEvent> = {}) => {
      this.#options.onEvent?.({ outcome: result.type, droppedMs, ...facts });
      return result;
    };
    if (this.#closed || signal.aborted) return Promise.resolve(settle({ type: "canceled" }));
    if (audioMs < minMs) return Promise.resolve(settle({ type: "too_short" }));
    const release = this.#guard.tryEnter();
    if (release === undefined) return Promise.resolve(settle({ type: "busy" }));
    const trial = this.#guard.stats.breaker === "half_open";
    if (!this.#guard.allow()) {
      release();
      return Promise.resolve(settle({ type: "left_alone" }));
    }
    // Whether the service is back, the words of this turn need not wait to see.
    const asked = this.#ask(wavOf(chunks), { release, ...(!trial && { signal }) });
    if (trial) return Promise.resolve(settle({ type: "left_alone" }));
    return asked.then(({ result, ...facts }) => settle(result, facts));
  }

  /** Gives up every question under way and lets go of the adapter; resolves when they have ended. May be called twice. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const controller of this.#asked.keys()) controller.abort(canceled());
    await Promise.all(this.#asked.values());
    this.#adapter.close();
  }

  async #ask(
    wav: Uint8Array<ArrayBuffer>,
    { release, signal }: { readonly release: () => void; readonly signal?: AbortSignal },
  ): Promise<Pick<VoiceprintEvent, "durationMs" | "error"> & { readonly result: Identification }> {
    const { clock, speakers, timeoutMs } = this.#options;
    const askedMs = clock.nowMs();
    const controller = new AbortController();
    const giveUp = () => controller.abort(canceled());
    signal?.addEventListener("abort", giveUp, { once: true });
    const cancelDeadline = clock.schedule(timeoutMs, () => controller.abort(late(timeoutMs)));
    const speakerIds = speakers.map(({ id }) => id);
    const match = this.#adapter.match(wav, { speakerIds, signal: controller.signal });
    // Its place is free when it has really ended, which may be later than anybody waits.
    const ended = match.then(() => {}, () => {}).finally(() => {
      release();
      this.#asked.delete(controller);
    });
    this.#asked.set(controller, ended);
    const durationMs = () => clock.nowMs() - askedMs;
    try {
      const found = await raceSignal(match, controller.signal);
      this.#guard.succeeded();
      return { result: this.#judge(found), durationMs: durationMs() };
    } catch (thrown) {
      const error = EarshotError.from(thrown, "voiceprint.failed");
      // Words wait for the answer: also a wrong key is a reason not to ask for a while.
      this.#guard.failed(error, { counts: true });
      return { result: failureOf(error), error, durationMs: durationMs() };
    } finally {
      cancelDeadline();
      signal?.removeEventListener("abort", giveUp);
    }
  }

  #judge(found: { readonly id: string; readonly score: number } | undefined): Identification {
    const { speakers, minScore } = this.#options;
    if (found === undefined || !(found.score >= minScore)) return { type: "unknown" };
    const { id, score } = found;
    const name = speakers.find((speaker) => speaker.id === id)?.name;
    return name === undefined ? { type: "unknown" } : { type: "identified", speaker: { id, name, score } };
  }
}

function failureOf({ code }: EarshotError): Identification {
  if (code === "canceled") return { type: "canceled" };
  if (code === "voiceprint.timeout") return { type: "timed_out" };
  return { type: "failed", code };
}

function canceled(): EarshotError {
  return new EarshotError("canceled", "Cannot ask who speaks: nobody waits for it any more");
}

function late(timeoutMs: number): EarshotError {
  return serviceError(SERVICE, "timeout", { detail: `no answer within ${timeoutMs} ms` });
}

function wavOf(chunks: readonly AudioChunk[]): Uint8Array<ArrayBuffer> {
  return writeWav(joinPcm(chunks.flatMap(({ pcm }) => pcm ?? [])), SAMPLE_RATE_HZ);
}
