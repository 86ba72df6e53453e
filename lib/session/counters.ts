import type { EvictedByCause } from "../audio/mod.ts";
import { type CounterDefinition, defineMetrics } from "../telemetry/mod.ts";

const counter = <const Name extends CounterDefinition["name"]>(name: Name, help: string) =>
  ({ type: "counter", name, help }) as const;

/** What is shown as a counter of its own, by its name in {@linkcode SessionCounters}. */
export const SESSION_COUNTERS = defineMetrics(
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
    audioRefused: counter(
      "earshot_audio_refused_total",
      "Packets of devices that were refused because the gateway is overloaded; they are not decoded.",
    ),
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
      "Frames dropped because a device sends sound faster than limits.session.maxAudioRate for longer than limits.session.audioBurstMs.",
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
    answersWithdrawn: counter(
      "earshot_answers_withdrawn_total",
      "Answers withdrawn before their first frame because more was said.",
    ),
    answersInterrupted: counter(
      "earshot_answers_interrupted_total",
      "Answers that somebody interrupted by speaking or typing.",
    ),
    answersHeld: counter(
      "earshot_answers_held_total",
      "Answers that were silenced while somebody seemed to speak.",
    ),
    answersCut: counter(
      "earshot_answers_cut_total",
      "Answers that ended before they were whole: too long to be spoken, or to be written.",
    ),
    questionsQuiet: counter(
      "earshot_questions_quiet_total",
      "Questions that were not answered because of an agent's quietHours.",
    ),
    questionsSpent: counter(
      "earshot_questions_spent_total",
      "Questions that were not answered because of an agent's turnsPerDay.",
    ),
    tracksPlayed: counter("earshot_tracks_played_total", "Pieces of music that were played to their end."),
    tracksStopped: counter(
      "earshot_tracks_stopped_total",
      "Pieces of music that were ended before their end.",
    ),
    tracksFailed: counter("earshot_tracks_failed_total", "Pieces of music that could not be played."),
    roomYielded: counter(
      "earshot_room_yielded_total",
      "Wake-ups and utterances that another device of the same room answers.",
    ),
    roomEchoes: counter(
      "earshot_room_echoes_total",
      "Utterances that were what another device of the same room was saying.",
    ),
    roomFull: counter(
      "earshot_room_full_total",
      "Devices that count as alone because 64 others are connected in their room.",
    ),
    turnsCut: counter(
      "earshot_turns_cut_total",
      "Utterances ended because they reached the longest allowed length.",
    ),
  },
);

/** The counter of each end of a track. */
export const TRACKS = {
  played: "tracksPlayed",
  stopped: "tracksStopped",
  failed: "tracksFailed",
} as const satisfies Record<string, keyof typeof SESSION_COUNTERS>;

/** The counter of each bound that sound is dropped for; shown as one, by cause. */
export const EVICTED_FOR = {
  chunks: "audioEvictedForChunks",
  bytes: "audioEvictedForBytes",
  duration: "audioEvictedForDuration",
  budget: "audioEvictedForBudget",
} as const satisfies Record<keyof EvictedByCause, string>;

/**
 * What all sessions of the process have counted: plain integers, so that the audio path pays one addition.
 * `/healthz` shows them; what each counts is said where it is defined. `audioEvicted` is the sum of those by cause.
 */
export type SessionCounters = Record<
  keyof typeof SESSION_COUNTERS | "audioEvicted" | (typeof EVICTED_FOR)[keyof EvictedByCause],
  number
>;

/** All counters at zero. */
export function createSessionCounters(): SessionCounters {
  const names = [...Object.keys(SESSION_COUNTERS), "audioEvicted", ...Object.values(EVICTED_FOR)];
  return Object.fromEntries(names.map((name) => [name, 0])) as SessionCounters;
}
