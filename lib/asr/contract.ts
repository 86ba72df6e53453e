import type { AudioChunk } from "../audio/mod.ts";

/**
 * How sound may be handed to a recognizer: decoded, 16 kHz mono; as the device's packets; or as the engine takes it, which
 * has the sound of devices already.
 */
export type AsrEncoding = "pcm16" | "opus" | "engine";

/** What a recognizer can do; plain data, read by the runner and the session. */
export interface AsrCapabilities {
  /** Whether it works while the user speaks, rather than on whole segments. */
  readonly streaming: boolean;
  /**
   * Whether one that is not `streaming` works on the utterance as a whole, whose sound stays in the session's buffer
   * until the end: then a fault that may pass is tried again. Default: it lets go of each segment that it has cut.
   */
  readonly whole?: boolean;
  /** Whether it recognizes in a pause already, in case that is the end. Default: no. */
  readonly ahead?: boolean;
  /** Whether it gives `partial` events. */
  readonly partials: boolean;
  /** Whether it can say itself when the utterance has ended; otherwise the session's VAD does. */
  readonly endpointing: boolean;
  /** The encodings it takes, the preferred one first. */
  readonly encodings: readonly AsrEncoding[];
  /**
   * How long it bears to hear nothing within an utterance, in ms; the runner sends silence before. Default: for ever.
   */
  readonly silenceAfterMs?: number;
  /** Whether what it is sent, or asked, is paid for, were it silence. Default: no. */
  readonly billed?: boolean;
  /**
   * Whether it writes down noise as well, in brackets, as speech models out of subtitles do: `[Bell]`, `(music)`. Then what
   * stands in brackets is dropped. Default: no; brackets are what somebody dictated.
   */
  readonly marksNoise?: boolean;
  /** The languages it hears (BCP 47), or `"any"` when the service decides. */
  readonly languages: readonly string[] | "any";
}

/**
 * The retained sound of one utterance, such as an `AudioCursor`: what a recognizer that works on segments or whole
 * utterances reads when it has one.
 */
export interface RetainedAudio {
  /** The chunks that are still held with `fromSeq <= seq <= throughSeq`; evicted ones are missing. */
  range(fromSeq: number, throughSeq: number): readonly AudioChunk[];
  /** The sound of one of them, 16 kHz mono. */
  decode(chunk: AudioChunk): Int16Array;
  /** Lets go of everything up to and including `throughSeq`. */
  release(throughSeq: number): void;
  /** Whose sound it is: the same object for every utterance of a device, to be fair between devices by. */
  readonly source?: object;
}

/** What a stream is opened with. */
export interface AsrOpenOptions {
  /** The language of the speaker (BCP 47), such as `en`. */
  readonly language: string;
  /**
   * Whether the first `final` is to come when the speaker has finished, after some silence: the session ends the
   * utterance by it. Otherwise `finish` alone says so, and a service that would stop at a pause must not.
   */
  readonly endpointing: boolean;
  /** The session's buffer; there is no second queue. */
  readonly audio: RetainedAudio;
  /** Told that a stream that was not `writable` is again; must not throw. */
  readonly onWritable?: () => void;
}

/** A word with its place in the utterance. */
export interface AsrWord {
  /** The word. */
  readonly text: string;
  /** Where it begins, in ms from the start of the utterance. */
  readonly startMs: number;
  /** Where it ends. */
  readonly endMs: number;
}

/** What a recognizer says. */
export type AsrEvent =
  | { readonly type: "started" }
  | { readonly type: "partial"; readonly text: string }
  /**
   * The words since the last final, if the speaker has finished: what a recognizer of whole segments found in a pause. The
   * final gives them again, unless the speaker goes on.
   */
  | { readonly type: "ahead"; readonly text: string; readonly language?: string }
  | {
    readonly type: "final";
    readonly text: string;
    readonly language?: string;
    readonly emotion?: string;
    readonly startMs?: number;
    readonly endMs?: number;
    readonly words?: readonly AsrWord[];
    /** Sound that was written and had to be dropped before it was heard, in ms; since the last final. */
    readonly droppedMs: number;
  }
  | { readonly type: "ended" };

/**
 * One utterance being recognized. Iterating gives events in order, `ended` last, and throws `EarshotError`.
 * Its life is bounded by the signal given to `open`.
 */
export interface AsrStream extends AsyncIterable<AsrEvent> {
  /** Whether it takes more sound now; what it does not take waits in the session's buffer. Default: always. */
  readonly writable?: boolean;
  /** Takes the next chunk, synchronously; after `finish` it is ignored. */
  write(chunk: AudioChunk): void;
  /**
   * No more sound will come: give what is left, then `ended`. With `lastSeq`, sound after that chunk is not
   * part of the utterance, such as the silence by which the VAD knew its end; what has left for a service
   * already cannot be taken back. May be called twice; the first call counts.
   */
  finish(lastSeq?: number): void;
  /**
   * The speaker may have finished: nothing but silence came lately, up to chunk `throughSeq`. A recognizer of
   * whole segments may begin, and keep what it finds if `finish` comes before `resume`. Others need neither.
   */
  pause?(throughSeq: number): void;
  /** The speaker went on: what was found ahead is void. */
  resume?(): void;
}

/** A recognizer: the wire and nothing else. Deadlines, retries and metrics belong to the runner. */
export interface AsrProvider {
  /** Its name in the config, in logs and in metrics. */
  readonly name: string;
  /** What it can do. */
  readonly capabilities: AsrCapabilities;
  /** Opens a stream for one utterance; aborting the signal ends the stream and frees all it holds. */
  open(options: AsrOpenOptions, signal: AbortSignal): Promise<AsrStream>;
  /** Lets go of what it keeps between streams, such as an idle connection. */
  close?(): unknown;
}
