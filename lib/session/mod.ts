/**
 * One device: what it sends, its turns, what is sent to it. The only folder that knows every stage.
 *
 * @module
 */
export { type AlertLanguage, alertLanguage } from "./answering/alert.ts";
export type { AnswerEnd } from "./answering/answer.ts";
export type { Answered, AnsweringServices } from "./answering/answering.ts";
export type { DeviceLink } from "./answering/device_link.ts";
export { type SessionConfig, sessionConfig, sessionLimits } from "./config.ts";
export { createSessionCounters, type SessionCounters } from "./counters.ts";
export { InboxScheduler, type ScheduledInbox } from "./ingest/inbox_scheduler.ts";
export { SessionMetrics } from "./metrics.ts";
export type { ToolServices } from "./session_tools.ts";
export type { DeviceOperator } from "./operator_tools.ts";
export type { ListeningPlace } from "./overload/listening_places.ts";
export type { LoadPart } from "./overload/load_monitor.ts";
export { Overload, type OverloadOptions, type OverloadStats } from "./overload/overload.ts";
export { registerOverloadMetrics } from "./overload/metrics.ts";
export { Rooms, type RoomSettings, type RoomsOptions } from "./rooms/rooms.ts";
export { Session, type SessionEvent, type SessionOptions, type SessionServices } from "./session.ts";

export { type Dismissal, SESSION_ENDS, type SessionEnd } from "./session_end.ts";
export type { SpeakerSource } from "./speaker_query.ts";
export type { TurnSummary } from "./turn_summary.ts";
export { WakeWords } from "./wake_words.ts";
