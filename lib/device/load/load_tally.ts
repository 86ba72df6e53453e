import type { EarshotError } from "../../errors/mod.ts";
import type { SocketEnd } from "../raw_websocket.ts";
import { UpgradeRefusal } from "../websocket_opening.ts";
import type { Fault, Histogram, LoadFigures, Outcome } from "./load_report.ts";

/** What can be measured. */
type Latency = keyof LoadFigures["latencyMs"];

/** Kinds of errors and close codes that are told apart; what exceeds them is `other`. */
const MAX_KINDS = 32;

/** The status of a server that is too busy. */
const TOO_BUSY = " 503";

/** Counts for all devices of a run. */
export class LoadTally {
  /** How late beats were. */
  readonly late: Histogram;
  /** Packets handed to the system. */
  framesSent = 0;
  /** Packets of utterances. */
  framesSpoken = 0;
  /** Packets with a stamp. */
  framesStamped = 0;
  /** Packets that found no room. */
  framesDropped = 0;
  /** Binary messages that came. */
  framesReceived = 0;
  /** Beats that were left out. */
  framesSkipped = 0;
  /** Text messages that cannot be used. */
  invalidMessages = 0;
  /** Turns that ended before their speech. */
  cutShort = 0;
  readonly #latency: Readonly<Record<Latency, Histogram>>;
  readonly #turns: Record<Outcome, number> = {
    text: 0,
    empty: 0,
    refused: 0,
    alert: 0,
    no_answer: 0,
    lost: 0,
    aborted: 0,
    dropped: 0,
    stalled: 0,
    unfinished: 0,
  };
  readonly #faults: Record<Fault, number> = { drop: 0, garbage: 0, abort: 0, stall: 0 };
  readonly #errors = new Map<string, number>();
  readonly #closes = new Map<string, number>();
  readonly #connections = { opened: 0, failed: 0, refused: 0, lost: 0, dropped: 0, peak: 0 };
  #open = 0;

  /** Everything is 0. */
  constructor(createHistogram: () => Histogram) {
    this.late = createHistogram();
    this.#latency = {
      connect: createHistogram(),
      hello: createHistogram(),
      text: createHistogram(),
      stop: createHistogram(),
      refusal: createHistogram(),
      echo: createHistogram(),
    };
  }

  /** How many connections are open. */
  get open(): number {
    return this.#open;
  }

  /** Something took so long, in ms. */
  took(what: Latency, ms: number): void {
    this.#latency[what].record(ms);
  }

  /** A device is through with its hello. */
  opened(): void {
    this.#connections.opened++;
    this.#open++;
    this.#connections.peak = Math.max(this.#connections.peak, this.#open);
  }

  /** An attempt to connect has failed, so long after it began. */
  failed(error: EarshotError, afterMs: number): void {
    this.#connections.failed++;
    const status = error.cause instanceof UpgradeRefusal ? ` ${error.cause.status}` : "";
    if (status === TOO_BUSY) {
      this.#connections.refused++;
      this.took("refusal", afterMs);
    }
    count(this.#errors, error.code + status);
  }

  /** A connection is over; `fault` says that we ended it on purpose before the run was over. */
  ended(end: SocketEnd, fault: boolean): void {
    this.#open--;
    if (end.by === "device") {
      if (fault) this.#connections.dropped++;
      return;
    }
    this.#connections.lost++;
    count(this.#closes, String(end.code));
  }

  /** An utterance is over. */
  turn(outcome: Outcome): void {
    this.#turns[outcome]++;
  }

  /** A device misbehaves. */
  fault(fault: Fault): void {
    this.#faults[fault]++;
  }

  /** What there is so far. */
  figures(): LoadFigures {
    const { connect, hello, text, stop, refusal, echo } = this.#latency;
    return {
      connections: { ...this.#connections },
      latencyMs: {
        connect: connect.percentiles(),
        hello: hello.percentiles(),
        text: text.percentiles(),
        stop: stop.percentiles(),
        refusal: refusal.percentiles(),
        echo: echo.percentiles(),
      },
      frames: {
        sent: this.framesSent,
        spoken: this.framesSpoken,
        stamped: this.framesStamped,
        dropped: this.framesDropped,
        received: this.framesReceived,
      },
      turns: { ...this.#turns },
      cutShort: this.cutShort,
      faults: { ...this.#faults },
      errors: Object.fromEntries(this.#errors),
      closes: Object.fromEntries(this.#closes),
      invalidMessages: this.invalidMessages,
      lateMs: this.late.percentiles(),
      framesSkipped: this.framesSkipped,
    };
  }
}

function count(kinds: Map<string, number>, kind: string): void {
  const known = kinds.has(kind) || kinds.size < MAX_KINDS ? kind : "other";
  kinds.set(known, (kinds.get(known) ?? 0) + 1);
}
