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
    what: "devices that are heard at once",
    keys: { "limits.session.hearingLateMs": 150 },
    counters: [
      `earshot_overload_refused_total{what="turn"}`,
      `earshot_overload_refused_total{what="device"}`,
      "earshot_audio_refused_total",
    ],
    tests: [
      ["session/overload/adaptive_limit_test.ts", "AdaptiveLimit: there is none"],
      ["session/overload/refused_turns_test.ts", "a button is refused at each press"],
      ["server/overload_test.ts", "a gateway that is full refuses new devices"],
    ],
    overflow: "a new turn is refused in words until there is room, a new device with 503",
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
    what: "photos that are received or looked at",
    keys: { "limits.server.maxPhotosConcurrent": 4 },
    counters: [`earshot_vision_photos_total{outcome="busy"}`],
    tests: [["server/routes/vision_test.ts", "of 100 photos at once as many are looked at as may be"]],
    overflow: "refused with 503; of one device it is one",
  },
  {
    what: "one photo, its question, and what is said about it",
    keys: {},
    counters: [
      `earshot_vision_photos_total{outcome="too_big"}`,
      `earshot_vision_photos_total{outcome="long_question"}`,
      `earshot_vision_photos_total{outcome="stalled"}`,
      `earshot_vision_photos_total{outcome="late"}`,
    ],
    tests: [
      ["server/routes/vision_test.ts", "5 MB are taken, more is read and dropped"],
      ["server/routes/vision_test.ts", "a photo that is none, too big or asked about at length"],
      ["server/routes/vision_test.ts", "a stalled upload is refused, and one that never ends"],
      ["server/routes/vision_test.ts", "a language model that fails is told in words"],
    ],
    overflow: "told in words; what is said is cut",
    fixed: ["5 MiB", "4 KB", "4 KB", "10 s to come, 40 s in all"],
  },
  {
    what: "devices that are pinned by their Client-Id (without `auth.required`)",
    keys: { "limits.auth.maxPinned": 10_000 },
    counters: [
      "earshot_devices_pins_dropped_total",
      `earshot_devices_untrusted_total{reason="full"}`,
    ],
    tests: [
      ["server/auth/device_pins_test.ts", "take: a full table drops the pin that was seen longest ago"],
      ["server/auth/device_pins_test.ts", "no more waits for a disk that refuses than there may be pins"],
      ["server/auth/pinned_gateway_test.ts", "a full table: a pin is dropped for the next device"],
    ],
    overflow:
      "the one of a device that is away and was seen longest ago is dropped; where all are connected, the new one is not trusted",
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
    what: "devices of one room",
    keys: {},
    counters: ["earshot_room_full_total"],
    tests: [
      ["session/rooms/rooms_test.ts", "Rooms: of 200 devices in a room 64 count"],
      [
        "session/rooms/utterances_test.ts",
        "Utterances: however many are begun, and never ended, a room knows of 256",
      ],
    ],
    overflow: "further ones count as alone; the oldest utterance is forgotten",
    fixed: "64 devices, 256 utterances, 64 pieces and 30 s of what each says",
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
    what: "answers of one language model at once, and questions that wait",
    keys: {
      "llm.NAME.maxConcurrent": undefined,
      "llm.NAME.queue": 16,
      "llm.NAME.queueTimeoutMs": 8_000,
    },
    counters: [
      `earshot_llm_refused_total{service="builtin"}`,
      `earshot_llm_failures_total{code="llm.busy"}`,
    ],
    tests: [
      [
        "llm/admission_test.ts",
        "Admission: nobody waits longer than the deadline, and one too many is told at once",
      ],
      ["llm/admission_test.ts", "Admission: a device has one request at a time, and one that waits"],
      ["llm/admission_test.ts", "Admission: whatever happens, places and queue stay within their bounds"],
    ],
    overflow: "the device is told, and its next question goes first; a request ahead of time is given up",
  },
  {
    what: "devices whose next question goes first",
    keys: {},
    counters: [`earshot_llm_refused_total{service="builtin"}`],
    tests: [["llm/admission_test.ts", "RefusedFlows: a thousand are remembered"]],
    overflow: "the one that was refused longest ago waits like any other",
    fixed: "1,000, for 5 minutes",
  },
  {
    what: "conversations with a service that keeps their history (dify, coze and such)",
    keys: {},
    counters: [`earshot_llm_conversations_dropped_total{service="builtin"}`],
    tests: [["llm/providers/conversations_test.ts", "Conversations: 2,000 are held and no more"]],
    overflow: "the one that has rested longest begins anew",
    fixed: "2,000 a service, for 30 minutes; 5 with Home Assistant",
  },
  {
    what: "requests that tell a service to stop an answer which nobody takes any more",
    keys: {},
    counters: [`earshot_llm_stops_dropped_total{service="builtin"}`],
    tests: [
      ["llm/providers/stop_requests_test.ts", "StopRequests: sixteen are under way and no more"],
      ["llm/providers/stop_requests_test.ts", "StopRequests: closing waits for nobody"],
    ],
    overflow: "it is not told, and writes the answer to its end",
    fixed: "16 a service, 3 s each",
  },
  {
    what:
      "waiting for a language model: until it begins, its first word, the next one, the whole answer, tries",
    keys: {
      "llm.NAME.headersTimeoutMs": 15_000,
      "llm.NAME.firstTokenTimeoutMs": 15_000,
      "llm.NAME.tokenTimeoutMs": 10_000,
      "llm.NAME.totalTimeoutMs": 120_000,
      "llm.NAME.retries": 1,
    },
    counters: [`earshot_llm_failures_total{code="llm.timeout"}`, "earshot_llm_retries_total"],
    tests: [
      ["llm/answer_test.ts", "Answerer: each of the four deadlines ends the request at its socket"],
      [
        "llm/answer_test.ts",
        "Answerer: a fault that may pass is tried again before the first word, and never after it",
      ],
      ["llm/answer_test.ts", "Answerer: no try begins that would be due after the whole answer"],
    ],
    overflow:
      "the next language model of the agent is asked; after a word, or without one, the device is told",
  },
  {
    what: "faults of a language model in a row (circuit breaker)",
    keys: { "llm.NAME.breakerFailures": 5, "llm.NAME.breakerCoolDownMs": 5_000 },
    counters: [`earshot_llm_breaker_opened_total{service="builtin"}`],
    tests: [["llm/answer_test.ts", "Answerer: faults open the breaker, but not what lies in the question"]],
    overflow: "nothing is asked of it until it has cooled down; then one question tries it",
  },
  {
    what: "the text of an answer",
    keys: {},
    counters: ["earshot_llm_answers_cut_total", "earshot_answers_cut_total"],
    tests: [
      ["llm/answer_test.ts", "Answerer: at most 64 KB of an answer is read, never half a character"],
      ["dialogue/dialogue_test.ts", "Dialogue: an answer over 64 KB is cut there, in whole characters"],
    ],
    overflow: "the request ends, and the device is told that the answer is cut",
    fixed: "64 KB",
  },
  {
    what: "the tools that a language model calls in one answer, with their arguments",
    keys: {},
    counters: ["earshot_llm_answers_cut_total"],
    tests: [
      ["llm/answer_tools_test.ts", "Answerer: at most 64 calls and 64 KB of them are taken"],
      [
        "llm/providers/tool_call_merger_test.ts",
        "ToolCallMerger: 64 calls and 64 KB of them are held, and no more",
      ],
      ["llm/providers/text_calls_test.ts", "TextCalls: no more than 64 KB is held of a call"],
    ],
    overflow: "the answer ends there, as one that is cut",
    fixed: "64 calls, 64 KB",
  },
  {
    what: "the sound of an answer, and how many are given a day",
    keys: {},
    counters: ["earshot_answers_cut_total", "earshot_questions_spent_total"],
    tests: [
      ["session/answering/cached_speech_test.ts", "the longest answer is a bound for cached pieces as well"],
      [
        "session/daily_bounds_test.ts",
        "turnsPerDay: beyond it the device is told aloud, on every connection",
      ],
      ["session/daily_bounds_test.ts", "turnsPerDay: a restart goes on counting"],
    ],
    overflow: "the device is told, aloud",
    fixed: [
      "120 s of sound, or `agents.NAME.maxAnswerSeconds`",
      "`agents.NAME.turnsPerDay`; no bound unless told",
    ],
  },
  {
    what: "sentences that one voice speaks at once, and those that wait",
    keys: { "tts.NAME.maxStreams": 100 },
    counters: [`earshot_tts_failures_total{code="tts.busy"}`],
    tests: [
      [
        "tts/runner_test.ts",
        "beyond maxStreams sentences wait, flows in turn, and the long one after the short ones",
      ],
      ["tts/runner_test.ts", "who waits in vain is told tts.busy"],
      ["lifecycle/fair_queue_test.ts", "whatever comes, the bound holds"],
    ],
    overflow: "the newest of the device that asks for most goes to the next voice, or the device is told",
    fixed: "4,000 wait, for as long as the first sound may take",
  },
  {
    what: "waiting for a voice: its first sound, the sound after it, tries",
    keys: {
      "tts.NAME.firstSoundTimeoutMs": 8_000,
      "tts.NAME.stallTimeoutMs": 5_000,
      "tts.NAME.retries": 1,
    },
    counters: [`earshot_tts_failures_total{code="tts.timeout"}`, "earshot_tts_retries_total"],
    tests: [
      ["tts/runner_test.ts", "no first sound in time, whatever trickles in: tts.timeout"],
      ["tts/runner_test.ts", "a pause of 30 s amid the sound: tts.timeout after the stall deadline"],
      ["tts/runner_test.ts", "a fault before the first sound is tried again, later each time"],
    ],
    overflow: "the next voice of the agent takes over; after sound, or without one, the device is told",
  },
  {
    what: "faults of a voice in a row (circuit breaker)",
    keys: { "tts.NAME.breakerFailures": 5, "tts.NAME.breakerCoolDownMs": 5_000 },
    counters: [`earshot_tts_breaker_opened_total{service="flite"}`],
    tests: [["tts/runner_test.ts", "the breaker opens after faults in a row, lets one trial through"]],
    overflow: "nothing is asked of it until it has cooled down; then one sentence tries it",
  },
  {
    what: "the sound of one sentence",
    keys: {},
    counters: [`earshot_tts_failures_total{code="tts.protocol"}`],
    tests: [[
      "tts/body/sound_of_body_test.ts",
      "a body without end is given up, and nothing is read that nobody pulls",
    ]],
    overflow: "it fails; what has sounded was heard",
    fixed: "32 MiB as it comes, 900 s; 64 KiB of an error",
  },
  {
    what: "answers that are encoded at once",
    keys: {},
    counters: [
      "earshot_audio_encoded_answers_refused_total",
      "earshot_audio_encoder_workers_lost_total",
    ],
    tests: [
      [
        "audio/encoding/speech_encoders_test.ts",
        "more answers than the bound are refused with a retryable error",
      ],
      ["audio/encoding/speech_encoders_test.ts", "a Worker that hangs is ended at the deadline"],
    ],
    overflow: "the answer fails, and the device is told; a job of more than 5 s ends its Worker",
    fixed: "2,000",
  },
  {
    what:
      "an answer on its way: pieces that are spoken ahead, frames that wait, frames that the device holds",
    keys: {},
    counters: [],
    tests: [
      ["session/answering/player_test.ts", "no more than 40 frames wait here, and no more than 38"],
      ["session/answering/player_test.ts", "the lead begins with 5 frames, grows to 20"],
      ["session/answering/bounded_answer_test.ts", "an answer is spoken two pieces ahead, and no further"],
    ],
    overflow: "the voice waits, and what it reads from",
    fixed: [
      "2 pieces ahead, 8 stretches of sound each",
      "40 frames",
      "38 frames, 20 of them ahead of their time",
    ],
  },
  {
    what: "what was spoken, to be played again",
    keys: { "limits.tts.cacheBytes": 33_554_432, "limits.tts.diskCacheBytes": 67_108_864 },
    counters: [
      `earshot_speech_cache_evicted_total{where="memory"}`,
      `earshot_speech_cache_evicted_total{where="disk"}`,
    ],
    tests: [
      ["tts/speech_cache/speech_cache_test.ts", "memory stays within its bytes"],
      ["tts/speech_cache/speech_cache_test.ts", "the disk stays within its bytes"],
      ["tts/speech_cache/speech_cache_test.ts", "pieces never reach the disk"],
    ],
    overflow: "what was not played for the longest goes",
  },
  {
    what: "fixed sentences that are to be spoken with an agent's voice",
    keys: {},
    counters: [
      `earshot_speech_cache_sentences_total{outcome="refused"}`,
      `earshot_speech_cache_sentences_total{outcome="failed"}`,
    ],
    tests: [
      [
        "tts/speech_cache/own_sentences_test.ts",
        "one at a time, however many are wanted, and no more than may wait",
      ],
      ["tts/speech_cache/own_sentences_test.ts", "a failure stays with what ships"],
      [
        "tts/speech_cache/own_sentences_test.ts",
        "a voice without sound, one that hangs, and one that never ends fail",
      ],
    ],
    overflow: "what ships is played",
    fixed: "1 at a time, 256 wait, 30 s each, 96 KiB; after a failure 10 minutes",
  },
  {
    what: "conversations at hand",
    keys: {},
    counters: ["earshot_dialogue_devices_dropped_total"],
    tests: [
      ["dialogue/device_histories_test.ts", "2,000 devices are held and no more"],
      ["dialogue/device_histories_test.ts", "all of them together hold no more text than the bound"],
      ["dialogue/device_history_test.ts", "200 turns are held and no more"],
      ["dialogue/device_history_test.ts", "no more text is held than the bound, but for the last turn"],
    ],
    overflow:
      "the device that has been away longest is read anew when it speaks; of a device the oldest turns go",
    fixed: [
      "2,000 devices, 16 Mi characters",
      "200 turns a device, 256 Ki characters",
      "20 turns of the last 30 minutes in a question",
    ],
  },
  {
    what: "summaries of what was said",
    keys: {},
    counters: [
      `earshot_dialogue_summaries_total{outcome="refused"}`,
      `earshot_dialogue_summaries_total{outcome="failed"}`,
      `earshot_dialogue_summaries_total{outcome="busy"}`,
    ],
    tests: [
      ["dialogue/summaries_test.ts", "two at once, and no more than may wait"],
      ["dialogue/summaries_test.ts", "it has a minute"],
      [
        "dialogue/summaries_test.ts",
        "a failure keeps the one before, and is not tried again for ten minutes",
      ],
      ["dialogue/summaries_test.ts", "it takes a free place only, and gives it up to a question at once"],
      ["dialogue/summary_test.ts", "summarize: at most 1,500 characters, whole sentences"],
    ],
    overflow: "the summary before stays; the device comes again with its next turn",
    fixed: "2 at once, 1,000 devices wait, 60 s each, 1,500 characters; after a failure 10 minutes",
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
    what: "events that wait for a webhook or an MQTT broker",
    keys: {},
    counters: [
      `earshot_automation_dropped_total{sink="webhook"}`,
      `earshot_automation_dropped_total{sink="mqtt"}`,
    ],
    tests: [
      ["automation/webhook_test.ts", "Webhook: of 10,000 events while nobody is there"],
      ["automation/webhook_test.ts", "Webhook: what waits is bounded by size as well"],
      ["automation/mqtt_test.ts", "MqttSink: of 10,000 events while nobody is there"],
    ],
    overflow: "the oldest is dropped",
    fixed: ["1,000 events, 1 MiB each", "8,000 characters a text"],
  },
  {
    what: "tries to send an event to a webhook or an MQTT broker",
    keys: {},
    counters: [
      `earshot_automation_failed_total{sink="webhook"}`,
      `earshot_automation_failed_total{sink="mqtt"}`,
    ],
    tests: [
      ["automation/webhook_test.ts", "Webhook: after five tries an event is given up"],
      ["automation/webhook_test.ts", "Webhook: Retry-After is obeyed"],
      ["automation/webhook_test.ts", "Webhook: a receiver that takes the request and answers nothing"],
    ],
    overflow: "the event is given up",
    fixed: ["10 s a try", "5 tries, 10 minutes"],
  },
  {
    what: "devices that Home Assistant is told of",
    keys: {},
    counters: [],
    tests: [["automation/mqtt_test.ts", "MqttSink: of 300 devices Home Assistant is told of 256"]],
    overflow: "their events are published, and Home Assistant is not told of them",
    fixed: "256",
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
    what: "calls of tools on a device",
    keys: {},
    counters: [
      `earshot_device_mcp_calls_total{outcome="refused"}`,
      `earshot_device_mcp_calls_total{outcome="timeout"}`,
    ],
    tests: [
      ["tools/device/device_tools_test.ts", "DeviceTools: one call is in flight, eight wait"],
      [
        "tools/device/device_tools_test.ts",
        "DeviceTools: a call ends after 10 s, one with the camera after 45 s",
      ],
      [
        "tools/device/change_volume_test.ts",
        "change_volume: closing ends all changes at once, and only so many wait",
      ],
    ],
    overflow: "refused or given up; the language model is told",
    fixed: ["1 in flight, 8 wait", "10 s a call, 45 s with the camera"],
  },
  {
    what: "the tools that a device tells",
    keys: {},
    counters: [`earshot_device_mcp_lists_total{outcome="cut"}`],
    tests: [
      ["tools/device/device_tools_test.ts", "DeviceTools: a list without end, a cursor again, too many"],
      ["tools/device/device_tools_test.ts", "DeviceTools: all sessions together hold a bounded amount"],
      ["tools/device/device_tools_test.ts", "DeviceToolsShared: the least recently used lists are forgotten"],
    ],
    overflow: "the rest is left out; of those that are remembered, the least recently used is forgotten",
    fixed: [
      "64 pages, 256 tools, 1 MiB a device; 64 MiB in all",
      "remembered: 1,024 devices, 8 MiB",
    ],
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
