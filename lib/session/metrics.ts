import { type CounterDefinition, defineMetrics, type MetricBlock, type Metrics } from "../telemetry/mod.ts";
import { EVICTED_FOR, type SessionCounters } from "./counters.ts";
import type { SessionEvent } from "./session.ts";
import { SESSION_ENDS } from "./session_end.ts";

const counter = <const Name extends CounterDefinition["name"]>(name: Name, help: string) =>
  ({ type: "counter", name, help }) as const;

/** Shown as one counter, by cause; `audioEvicted` is their sum. */
type Evicted = "audioEvicted" | (typeof EVICTED_FOR)[keyof typeof EVICTED_FOR];

/** What is shown of the other {@linkcode SessionCounters}: each as a counter of its own. */
const COUNTERS = defineMetrics(
  {
    sessionsOpened: counter("earshot_sessions_opened_total", "Sessions opened."),
    sessionsClosed: counter("earshot_sessions_closed_total", "Sessions closed, for whatever reason."),
    sessionsUnclean: counter(
      "earshot_sessions_unclean_total",
      "Sessions whose clean-up had a failure or passed a deadline.",
    ),
    audioChunks: counter("earshot_audio_chunks_total", "Opus packets taken in."),
    audioUndecodable: counter("earshot_audio_undecodable_total", "Packets that could not be decoded."),
    audioUnlistened: counter("earshot_audio_unlistened_total", "Packets that came while nobody listened."),
    streamsUnhearable: counter(
      "earshot_streams_unhearable_total",
      "Streams that are no Opus, or framed in another way than announced.",
    ),
    framesBeforeHello: counter("earshot_frames_before_hello_total", "Binary frames before the hello."),
    framesInvalid: counter("earshot_frames_invalid_total", "Binary frames with a broken layout."),
    framesOverflowed: counter(
      "earshot_frames_overflowed_total",
      "Frames dropped because a device sends faster than the gateway reads.",
    ),
    framesTooFast: counter(
      "earshot_frames_too_fast_total",
      "Frames dropped because a device sends sound faster than session.maxAudioRate for longer than session.audioBurstMs.",
    ),
    messagesInvalid: counter("earshot_messages_invalid_total", "Text messages that were not understood."),
    messagesUnknown: counter("earshot_messages_unknown_total", "Text messages of an unknown type."),
    messagesBeforeHello: counter("earshot_messages_before_hello_total", "Text messages before the hello."),
    messagesUnsent: counter(
      "earshot_messages_unsent_total",
      "Messages toward devices dropped because the device did not read.",
    ),
    hellosRepeated: counter("earshot_hellos_repeated_total", "Hellos after the first one."),
    hellosRefused: counter("earshot_hellos_refused_total", "Hellos that announce another codec than Opus."),
    hellosOtherVersion: counter(
      "earshot_hellos_other_version_total",
      "Hellos that name another framing than the opening request.",
    ),
    wakeWords: counter("earshot_wake_words_total", "Wake words that devices told."),
    messagesTyped: counter("earshot_messages_typed_total", "Messages that were typed rather than spoken."),
    turnsStarted: counter("earshot_turns_started_total", "Turns in which somebody began to speak."),
    turnsText: counter("earshot_turns_text_total", "Turns that gave words."),
    turnsEmpty: counter("earshot_turns_empty_total", "Turns in which nothing was said."),
    turnsFailed: counter("earshot_turns_failed_total", "Turns that failed."),
    turnsCanceled: counter("earshot_turns_canceled_total", "Turns that were given up."),
    turnsCut: counter(
      "earshot_turns_cut_total",
      "Utterances ended because they reached the longest allowed length.",
    ),
  } satisfies Record<Exclude<keyof SessionCounters, Evicted>, CounterDefinition>,
);

/** What takes a label, or is observed when it happens. */
const EVENTS = defineMetrics({
  evicted: {
    type: "counter",
    name: "earshot_audio_evicted_chunks_total",
    help: "Chunks dropped because a bound of the audio block was reached.",
    labels: { cause: ["chunks", "bytes", "duration", "budget"] },
  },
  ends: {
    type: "counter",
    name: "earshot_session_ends_total",
    help: "Sessions closed, by reason.",
    labels: { end: SESSION_ENDS },
  },
  cleanups: {
    type: "counter",
    name: "earshot_cleanup_resources_total",
    help: "Resources of closed sessions by what became of their release.",
    labels: { outcome: ["released", "failed", "timed_out"] },
  },
  cleanupSeconds: {
    type: "histogram",
    name: "earshot_cleanup_duration_seconds",
    help: "How long closing a session took.",
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 2, 5, 10],
  },
  textSeconds: {
    type: "histogram",
    name: "earshot_text_latency_seconds",
    help: "From the end of speech being known to its text leaving for the device.",
    buckets: [0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 2, 5, 10],
  },
});

/** Shows what sessions count and tell on `metrics`; counting itself costs the audio path nothing more. */
export class SessionMetrics {
  readonly #events: MetricBlock<typeof EVENTS>;

  /** Registers everything; the counters are read when somebody asks. */
  constructor(metrics: Metrics, counters: Readonly<SessionCounters>) {
    const block = metrics.register(COUNTERS);
    for (const [name, counter] of entries(block)) counter.read(() => counters[name]);
    this.#events = metrics.register(EVENTS);
    for (const [cause, name] of entries(EVICTED_FOR)) {
      this.#events.evicted.read(() => counters[name], { cause });
    }
  }

  /** Something happened in a session. */
  record(event: SessionEvent): void {
    const { ends, cleanups, cleanupSeconds, textSeconds } = this.#events;
    if (event.type === "turn_ended") {
      if (event.summary.outcome === "text") textSeconds.observe(event.summary.endOfSpeechToTextMs / 1_000);
    } else if (event.type === "closed") {
      const { ok, failed, timedOut, durationMs } = event.report;
      ends.add(1, { end: event.end.type });
      cleanups.add(ok, { outcome: "released" });
      cleanups.add(failed.length, { outcome: "failed" });
      cleanups.add(timedOut.length, { outcome: "timed_out" });
      cleanupSeconds.observe(durationMs / 1_000);
    }
  }
}

/** `Object.entries` that keeps the names of a block whose keys are all known. */
function entries<T extends Record<string, unknown>>(block: T): [keyof T & string, T[keyof T & string]][] {
  return Object.entries(block) as [keyof T & string, T[keyof T & string]][];
}
