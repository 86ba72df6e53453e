/** One row of the design's table of bounds: what it is called everywhere, and what shows that it holds. */
export interface Bound {
  /** What is bounded. */
  readonly what: string;
  /** The config keys, each with its default as the design has it; `undefined` is worked out at the start. */
  readonly keys: Readonly<Record<string, number | undefined>>;
  /** What `/metrics` counts when the bound is reached. */
  readonly counters: readonly string[];
  /** Tests at the edge and past it: a file below `tests/`, and the name of a test in it. */
  readonly tests: readonly (readonly [file: string, name: string])[];
}

const EVICTED = "earshot_audio_evicted_chunks_total";

/** Every bound that is there. Audio toward devices and LLM calls get their rows with their stages. */
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
  },
  {
    what: "before listen start",
    keys: { "limits.session.preRollMs": 2_000 },
    counters: ["earshot_audio_unlistened_total"],
    tests: [
      ["session/ingest/bad_input_test.ts", "sound that nobody asked for is counted, and not held"],
    ],
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
  },
  {
    what: "devices that wait for approval",
    keys: { "limits.auth.maxPending": 256 },
    counters: ["earshot_auth_pending_dropped_total"],
    tests: [[
      "server/auth/device_registry_test.ts",
      "one address that asks for many devices drives out its own",
    ]],
  },
  {
    what: "text message, binary frame",
    keys: { "limits.server.maxTextBytes": 65_536, "limits.server.maxFrameBytes": 16_384 },
    counters: ["earshot_messages_too_big_total"],
    tests: [[
      "bounds/message_size_test.ts",
      "a message as big as allowed is taken, one byte more ends the session",
    ]],
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
      ["session/ingest/audio_rate_limiter_test.ts", "a whole burst is welcome, and not a packet more"],
      ["session/session_test.ts", "frames beyond what may wait to be read are dropped and counted"],
      ["session/session_test.ts", "a message that finds no room would be missed, so the session ends"],
      ["session/bounds_test.ts", "a device that floods is told, and closed with a reason"],
    ],
  },
  {
    what: "sound with the detector; the rest waits in the session's buffer",
    keys: {},
    counters: ["earshot_vad_pending_frames"],
    tests: [[
      "vad/speech_detector_test.ts",
      "it takes no more than it can hold, and says when it takes more",
    ]],
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
  },
];
