/** One row of the table of bounds: its keys, what counts it, and what shows that it holds. */
export interface Bound {
  /** What is bounded. */
  readonly what: string;
  /** The config keys, each with its default; `undefined` is worked out at the start. */
  readonly keys: Readonly<Record<string, number | undefined>>;
  /** What `/metrics` counts when the bound is reached. */
  readonly counters: readonly string[];
  /** Tests at the edge and past it: a file below `tests/`, and how the name of a test in it begins. */
  readonly tests: readonly (readonly [file: string, name: string])[];
  /** What happens to what is beyond the bound. */
  readonly overflow: string;
  /** The bound, where it is no config key; a constant of the code. */
  readonly fixed?: string | readonly string[];
}

const EVICTED = "earshot_audio_evicted_chunks_total";

/** Every bound that is there; `docs/limits.md` is made from it. A `NAME` in a key is a service of the config. */
export const BOUNDS: readonly Bound[] = [
  {
    what: "audio per session",
    keys: {
      "limits.audio.maxDurationMs": 60_000,
      "limits.audio.maxChunks": undefined,
      "limits.audio.maxBytes": 10_485_760,
    },
    counters: [`${EVICTED}{cause="duration"}`, `${EVICTED}{cause="chunks"}`, `${EVICTED}{cause="bytes"}`],
    tests: [
      ["audio/audio_buffer_test.ts", "1,196 chunks in leave 1,000 and count 196"],
      ["audio/audio_buffer_test.ts", "60 s of short frames fit, unless the operator fixed the count"],
      ["audio/audio_buffer_test.ts", "each bound evicts the oldest, says so, and is counted by its own name"],
      ["session/bounds_test.ts", "sound beyond the buffer's bound is dropped, the oldest first"],
    ],
    overflow: "the oldest is dropped",
  },
  {
    what: "audio in the process",
    keys: { "limits.audio.budgetBytes": 536_870_912 },
    counters: [`${EVICTED}{cause="budget"}`, "earshot_audio_budget_overruns_total"],
    tests: [
      ["audio/memory_budget_test.ts", "the cap holds whatever is pushed, and closing gives everything back"],
      ["session/bounds_test.ts", "the process-wide cap takes from the heaviest session"],
      ["session/bounds_test.ts", "fifty devices that send too much at once"],
    ],
    overflow: "the session that holds most loses its oldest sound",
  },
  {
    what: "before listen start",
    keys: { "limits.session.preRollMs": 2_000 },
    counters: ["earshot_audio_unlistened_total"],
    tests: [
      ["session/ingest/bad_input_test.ts", "sound that nobody asked for is counted, and not held"],
    ],
    overflow: "the oldest is dropped",
  },
  {
    what: "sessions, in all and from one address",
    keys: { "limits.server.maxSessions": 2_000, "limits.server.maxSessionsPerAddress": 256 },
    counters: [
      `earshot_admission_refused_total{cause="full"}`,
      `earshot_admission_refused_total{cause="address_full"}`,
    ],
    tests: [
      [
        "server/devices/admission_test.ts",
        "places up to the limit, none past it, and one again when one is given back",
      ],
      ["server/devices/admission_test.ts", "sessions take at most 40 % of the descriptors"],
      ["server/devices/admission_test.ts", "a full gateway answers 503 before the upgrade"],
      ["server/devices/admission_test.ts", "one address of many devices is refused past its bound"],
    ],
    overflow: "refused with 503 before the upgrade",
  },
  {
    what: "sessions of one device id",
    keys: {},
    counters: ["earshot_admission_replaced_total", `earshot_session_ends_total{end="replaced"}`],
    tests: [
      [
        "server/devices/admission_test.ts",
        "the newer connection of a device wins, also where every place is taken",
      ],
      ["server/devices/admission_test.ts", "a device that connects again takes over"],
    ],
    overflow: "the newer connection wins; the older is closed with 4001",
    fixed: "one",
  },
  {
    what: "connections that are no device's",
    keys: { "limits.server.requestTimeoutMs": 10_000, "limits.server.maxWaitingConnections": 256 },
    counters: [
      `earshot_connections_ended_total{bound="deadline"}`,
      `earshot_connections_ended_total{bound="waiting"}`,
    ],
    tests: [
      ["server/faults_test.ts", "ws: half headers and idle connections are ended in time"],
      ["server/faults_test.ts", "ws: beyond the cap the oldest connection without a request goes"],
    ],
    overflow: "the oldest one is ended (transport `ws`)",
  },
  {
    what: "connections and wrong tokens from one address",
    keys: { "limits.server.maxHandshakesPerMinute": 1_200, "limits.auth.maxFailuresPerMinute": 30 },
    counters: [`earshot_auth_refused_total{code="server.rate_limited"}`],
    tests: [
      ["server/auth/rate_limit_test.ts", "an address may do so much at once, and again as time goes by"],
      ["server/auth/rate_limit_test.ts", "no more addresses are remembered than the bound"],
      ["server/auth/auth_test.ts", "an address that connects too often is refused with 429"],
      ["server/auth/auth_test.ts", "too many wrong tokens from one address are not even looked at"],
    ],
    overflow: "refused with 429",
  },
  {
    what: "devices that wait for approval",
    keys: { "limits.auth.maxPending": 256 },
    counters: ["earshot_auth_pending_dropped_total"],
    tests: [[
      "server/auth/device_registry_test.ts",
      "one address that asks for many devices drives out its own",
    ]],
    overflow: "the oldest of the address that has most is dropped",
  },
  {
    what: "text message, binary frame",
    keys: { "limits.server.maxTextBytes": 65_536, "limits.server.maxFrameBytes": 16_384 },
    counters: ["earshot_messages_too_big_total"],
    tests: [[
      "bounds/message_size_test.ts",
      "a message as big as allowed is taken, one byte more ends the session",
    ]],
    overflow: "the session ends with 1009",
  },
  {
    what: "what a device has sent and nobody has read",
    keys: { "limits.session.audioBurstMs": 60_000, "limits.session.maxAudioRate": 2 },
    counters: [
      "earshot_frames_too_fast_total",
      "earshot_frames_overflowed_total",
      `earshot_session_ends_total{end="flood"}`,
    ],
    tests: [
      [
        "session/ingest/inbox_test.ts",
        "inbox: beyond its bounds frames find no room, text finds twice as much",
      ],
      ["session/ingest/audio_rate_limiter_test.ts", "a whole burst is welcome, and not a packet more"],
      ["session/session_test.ts", "frames beyond what may wait to be read are dropped and counted"],
      ["session/session_test.ts", "a message that finds no room would be missed, so the session ends"],
      ["session/bounds_test.ts", "a device that floods is told, and closed with a reason"],
    ],
    overflow: "sound is dropped; a device that goes on, or whose message finds no room, is closed with 1008",
    fixed: "4,096 frames or 1 MiB of them; twice as much with text",
  },
  {
    what: "sound with the detector; the rest waits in the session's buffer",
    keys: {},
    counters: ["earshot_vad_pending_frames"],
    tests: [[
      "vad/speech_detector_test.ts",
      "it takes no more than it can hold, and says when it takes more",
    ]],
    overflow: "no more is handed over before some was judged",
    fixed: "64 frames of 32 ms a session",
  },
  {
    what: "queued toward a device",
    keys: { "limits.session.outboxBytes": 262_144, "limits.session.slowReaderMs": 10_000 },
    counters: ["earshot_messages_unsent_total", `earshot_session_ends_total{end="slow_reader"}`],
    tests: [
      [
        "session/answering/outbox_test.ts",
        "never more than the bound waits for a device; the rest is dropped and counted",
      ],
      ["session/answering/outbox_test.ts", "a device that reads nothing is given up, once"],
    ],
    overflow: "further messages are dropped; a device that reads nothing is closed with 1008",
  },
  {
    what: "hello, idle, nobody speaks, no packet, utterance",
    keys: {
      "limits.session.helloTimeoutMs": 10_000,
      "limits.session.idleTimeoutMs": 120_000,
      "session.noSpeechMs": 120_000,
      "limits.session.noPacketMs": 3_000,
      "limits.session.utteranceMs": 60_000,
    },
    counters: [
      `earshot_session_ends_total{end="hello_timeout"}`,
      `earshot_session_ends_total{end="idle"}`,
      `earshot_session_ends_total{end="no_speech"}`,
      "earshot_turns_cut_total",
    ],
    tests: [
      ["session/ingest/arrival_test.ts", "who stops sending in the middle of a word is answered after 3 s"],
      [
        "session/listening/no_speech_test.ts",
        "who speaks now and then is listened to for ever",
      ],
      ["session/session_test.ts", "no hello within its time ends the session, not a moment earlier"],
      ["session/session_test.ts", "silence for the whole idle time ends the session, not a moment earlier"],
      ["session/bounds_test.ts", "an utterance without an end is ended and recognized"],
    ],
    overflow: "the session ends (hello, idle, nobody speaks), or the utterance does and is recognized",
  },
  {
    what: "recognition",
    keys: { "engine.recognitionWorkers": undefined, "limits.engine.recognitionQueue": 64 },
    counters: [
      `earshot_engine_jobs_total{lane="recognition",outcome="refused"}`,
      `earshot_engine_jobs_total{lane="recognition",outcome="displaced"}`,
    ],
    tests: [
      ["engine/job_lane_test.ts", "no more jobs than slots are with the engine"],
      ["engine/job_lane_test.ts", "a full queue refuses the next job and counts it"],
      ["engine/job_lane_test.ts", "one device cannot take the queue"],
      ["lifecycle/fair_queue_test.ts", "whatever comes, the bound holds"],
    ],
    overflow:
      "the newest job of the device that is furthest ahead of real time is refused: the gateway is busy",
  },
  {
    what: "asking who speaks",
    keys: { "voiceprint.maxConcurrent": 4, "voiceprint.timeoutMs": 2_000 },
    counters: [
      `earshot_voiceprint_turns_total{outcome="busy"}`,
      `earshot_voiceprint_turns_total{outcome="timed_out"}`,
    ],
    tests: [
      ["voiceprint/speaker_identifier_test.ts", "nobody waits past the deadline"],
      ["voiceprint/speaker_identifier_test.ts", "an answer in the last moment counts"],
      ["session/speaker_test.ts", "a service that hangs delays the words by its deadline"],
    ],
    overflow: "the words go without a speaker",
  },
  {
    what: "closing",
    keys: {
      "limits.session.closeHandshakeMs": 2_000,
      "limits.session.closeMs": 5_000,
      "limits.server.drainMs": 30_000,
    },
    counters: [`earshot_cleanup_resources_total{outcome="timed_out"}`, "earshot_sessions_unclean_total"],
    tests: [
      ["session/ending_test.ts", "a peer that answers no close is abandoned by its deadline and named"],
      ["server/drain_test.ts", "a turn that does not end is cut at the deadline"],
    ],
    overflow: "what has not ended is abandoned and named in the report",
  },
  {
    what: "utterances at one recognizer at once",
    keys: { "asr.NAME.maxStreams": 100 },
    counters: [`earshot_asr_failures_total{code="asr.busy"}`],
    tests: [
      ["asr/retry_test.ts", "beyond maxStreams an utterance is refused at once, and each end makes room"],
    ],
    overflow: "refused: the device is told to wait",
  },
  {
    what: "waiting for a recognizer: until it accepts sound, for its words, tries",
    keys: {
      "asr.NAME.openTimeoutMs": 5_000,
      "asr.NAME.finalTimeoutMs": 10_000,
      "asr.NAME.retries": 2,
    },
    counters: [`earshot_asr_failures_total{code="asr.timeout"}`, "earshot_asr_retries_total"],
    tests: [
      ["asr/recognizer_test.ts", "a recognizer that does not open in time fails the utterance"],
      ["asr/recognizer_test.ts", "the result has its time-out after the end of speech"],
      ["asr/retry_test.ts", "no second try after a word, for a lasting fault, or beyond the retries"],
    ],
    overflow: "the turn fails, and the device is told",
  },
  {
    what: "faults of a recognizer in a row (circuit breaker)",
    keys: { "asr.NAME.breakerFailures": 5, "asr.NAME.breakerCoolDownMs": 5_000 },
    counters: [`earshot_asr_breaker_opened_total{service="moonshine"}`],
    tests: [
      ["lifecycle/breaker_test.ts", "a breaker opens after so many failures in a row"],
      ["asr/retry_test.ts", "a recognizer that keeps failing is left alone, then tried once"],
    ],
    overflow: "nothing is sent to it until it has cooled down; then one utterance tries it",
  },
  {
    what: "connections to a service that are kept idle",
    keys: {},
    counters: [],
    tests: [[
      "service/connection_pool_test.ts",
      "beyond four that are kept, the one that has rested longest",
    ]],
    overflow: "the one that has been idle longest is closed",
    fixed: "4 a service",
  },
  {
    what: "what was said and is not on disk yet",
    keys: {
      "limits.memory.maxPending": 1_000,
      "limits.memory.maxJournalBytes": 67_108_864,
      "limits.memory.writeDeadlineMs": 10_000,
    },
    counters: [
      `earshot_memory_dropped_total{bound="queue"}`,
      `earshot_memory_failures_total{file="journal"}`,
    ],
    tests: [
      ["memory/memory_test.ts", "a journal that falls behind drops the oldest that wait, and counts them"],
      [
        "memory/faults_test.ts",
        "a store that takes nothing in fills the journal to its bound, and no further",
      ],
      ["memory/faults_test.ts", "of a disk that hangs for ever, ever fewer Workers are started"],
    ],
    overflow: "the oldest that wait are dropped; a write that hangs is given up and tried again",
  },
  {
    what: "what was said and is kept",
    keys: { "memory.turnsPerDevice": 200, "memory.maxAgeDays": 30, "limits.memory.maxBytes": 268_435_456 },
    counters: [
      `earshot_memory_dropped_total{bound="turns"}`,
      `earshot_memory_dropped_total{bound="age"}`,
      `earshot_memory_dropped_total{bound="bytes"}`,
    ],
    tests: [
      [
        "memory/files/store_file_test.ts",
        "of each device the last turns are kept, in the order in which they were saved",
      ],
      ["memory/files/store_file_test.ts", "what is too old goes, to the millisecond"],
      [
        "memory/files/store_file_test.ts",
        "all turns together stay within their bytes, and the file with them",
      ],
    ],
    overflow: "the oldest are dropped",
  },
  {
    what: "sound kept for a second try",
    keys: {},
    counters: ["earshot_asr_dropped_seconds_total"],
    tests: [["asr/retry_test.ts", "at most five seconds are kept for a second try"]],
    overflow: "the second try goes without it",
    fixed: "5 s an utterance",
  },
  {
    what: "an answer of a service over HTTP",
    keys: {},
    counters: [`earshot_asr_failures_total{code="asr.protocol"}`],
    tests: [
      ["net/answer_test.ts", "a whole answer is bounded"],
      ["net/answer_test.ts", "events are bounded, a line and all of them"],
    ],
    overflow: "the utterance fails",
    fixed: "1 MiB, 64 KiB a line",
  },
  {
    what: "a job in the engine process",
    keys: {},
    counters: ["earshot_engine_restarts_total"],
    tests: [
      ["engine/job_lane_test.ts", "a job past its deadline fails and reports that the engine hangs"],
      ["engine/engine_client_test.ts", "a process that hangs past a job's deadline is killed and replaced"],
      ["engine/restart_backoff_test.ts", "the wait doubles from 100 ms to 10 s and stays there"],
    ],
    overflow: "the job fails, the process is ended and started again, after 100 ms to 10 s",
    fixed: [
      "recognition: 10 s and the length of the sound",
      "voice detection: 2 s",
      "a voice: 30 s",
      "loading models: 60 s",
    ],
  },
  {
    what: "utterances at streaming models in the engine process",
    keys: {},
    counters: [`earshot_engine_jobs_total{lane="streaming",outcome="refused"}`],
    tests: [["engine/engine_client_test.ts", "too many streams are refused"]],
    overflow: "refused: the gateway is busy",
    fixed: "256",
  },
  {
    what: "the config file",
    keys: {},
    counters: [],
    tests: [["config/load_config_test.ts", "bombs, depths and giants are refused"]],
    overflow: "refused at the start",
    fixed: "1 MiB, 100 aliases",
  },
];
