/**
 * One device: its ear, its turns, what is sent to it. The only folder that knows every stage.
 *
 * @module
 */
export { type AlertLanguage, alertLanguage } from "./alert.ts";
export { type SessionConfig, sessionConfig } from "./config.ts";
export { createSessionCounters, type SessionCounters } from "./counters.ts";
export type { DeviceLink } from "./device_link.ts";
export { InboxRounds, type RoundMember } from "./inbox_rounds.ts";
export { SessionMetrics } from "./metrics.ts";
export { Session, type SessionEvent, type SessionOptions, type SessionServices } from "./session.ts";
export { type Dismissal, SESSION_ENDS, type SessionEnd } from "./session_end.ts";
export type { SpeakerSource } from "./speaker_query.ts";
export type { ListenMode } from "./turn.ts";
export type { TurnSummary } from "./turn_endings.ts";
export { WakeWords } from "./wake_words.ts";
