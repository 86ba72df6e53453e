/** Times of one kind, in ms. */
export interface Percentiles {
  /** How many were measured. */
  readonly count: number;
  /** The median; null when nothing was measured, as the others. */
  readonly p50: number | null;
  /** What nine of ten do not exceed. */
  readonly p90: number | null;
  /** What 99 of 100 do not exceed. */
  readonly p99: number | null;
  /** The longest. */
  readonly max: number | null;
}

/** Collects times and gives their percentiles. */
export interface Histogram {
  /** Adds one, in ms; less than 0 counts as 0. */
  record(valueMs: number): void;
  /** What there is so far. */
  percentiles(): Percentiles;
}

/**
 * What came of an utterance and its turn: words; an end without words; the server was too busy to hear it and said so
 * (`refused`); another alert; nothing by the deadline; the server
 * ended the connection (`lost`); the device gave it up and the turn was ended (`aborted`), vanished (`dropped`),
 * or stopped reading and vanished later (`stalled`); or the run was over (`unfinished`).
 */
export type Outcome =
  | "text"
  | "empty"
  | "refused"
  | "alert"
  | "no_answer"
  | "lost"
  | "aborted"
  | "dropped"
  | "stalled"
  | "unfinished";

/** How a device may misbehave. */
export const FAULTS = ["drop", "garbage", "abort", "stall"] as const;

/** One of {@linkcode FAULTS}. */
export type Fault = (typeof FAULTS)[number];

/** What the devices of a run have seen. */
export interface LoadFigures {
  /** Connections of all devices. */
  readonly connections: {
    /** Those that were opened, hello and all. */
    readonly opened: number;
    /** Attempts that failed, hello and all. */
    readonly failed: number;
    /** Those of them that the server refused as it was too busy (503). */
    readonly refused: number;
    /** Those that the server ended, or the way to it. */
    readonly lost: number;
    /** Those that a fault of ours ended. */
    readonly dropped: number;
    /** The most that were open at once. */
    readonly peak: number;
  };
  /** Times in ms. */
  readonly latencyMs: {
    /** TCP, TLS and the upgrade. */
    readonly connect: Percentiles;
    /** From our hello to the server's. */
    readonly hello: Percentiles;
    /**
     * From the end of speech to the last `stt` of its turn: from `listen stop` in manual mode, else from the last
     * packet of the utterance; words that came before are not in it.
     */
    readonly text: Percentiles;
    /** From the end of speech to the `tts stop` that ended the turn, likewise. */
    readonly stop: Percentiles;
    /**
     * How soon a device is told that it is refused: from the beginning of its utterance to the alert, 0 where it was told
     * before, or from its wish to connect to the 503.
     */
    readonly refusal: Percentiles;
    /** From a stamped packet's leaving to its coming back, where the server sends packets back. */
    readonly echo: Percentiles;
  };
  /** Opus packets. */
  readonly frames: {
    /** Handed to the system. */
    readonly sent: number;
    /** Of those, of utterances; the rest is the silence in between. */
    readonly spoken: number;
    /** Of those sent, with a stamp. */
    readonly stamped: number;
    /** Left out because the server did not read. */
    readonly dropped: number;
    /** Binary messages that came. */
    readonly received: number;
  };
  /** Utterances by what came of them. */
  readonly turns: Readonly<Record<Outcome, number>>;
  /** Turns that the server ended before the speech was over. */
  readonly cutShort: number;
  /** Misbehavior that happened. */
  readonly faults: Readonly<Record<Fault, number>>;
  /** Failed attempts by code, with the HTTP status where there was one: `device.connect 503`. */
  readonly errors: Readonly<Record<string, number>>;
  /** Connections that the server ended, by close code; 1006 is none. */
  readonly closes: Readonly<Record<string, number>>;
  /** Text messages that firmware could not have used. */
  readonly invalidMessages: number;
  /** How late this process itself was with packets, in ms: subtract it before blaming the server. */
  readonly lateMs: Percentiles;
  /** Packets that were left out because this process was more than 40 behind. */
  readonly framesSkipped: number;
}
