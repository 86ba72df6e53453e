import type { MemoryEntry } from "../memory/mod.ts";
import type { Turn } from "./turn.ts";

/** A turn that is over, as it is kept; `undefined` where nothing was said, or its words are another turn's. */
export function entryOf(
  { id, agent, record, recognition, tools }: Turn,
  { deviceId, sessionId, nowMs }: {
    readonly deviceId: string;
    readonly sessionId: string;
    readonly nowMs: number;
  },
): MemoryEntry | undefined {
  if (record === undefined) return undefined;
  const answered = record.answered?.();
  const code = (record.error ?? answered?.error)?.code;
  const { knownSpeaker } = recognition;
  return {
    key: `${sessionId}/${id}`,
    deviceId,
    sessionId,
    turnId: id,
    atMs: nowMs,
    user: record.question,
    steps: tools?.steps ?? [],
    answer: answered?.text ?? "",
    heardChars: answered?.heardChars ?? 0,
    outcome: outcomeOf(record, code),
    ...(code !== undefined && { code }),
    language: record.language ?? agent.languages[0],
    ...(knownSpeaker?.type === "identified" && { speaker: knownSpeaker.speaker }),
    audioMs: Math.round(recognition.audioMs),
    droppedMs: record.droppedMs ?? 0,
  };
}

function outcomeOf(
  { answered }: NonNullable<Turn["record"]>,
  code: string | undefined,
): MemoryEntry["outcome"] {
  if (code !== undefined) return "failed";
  const end = answered?.().end;
  if (end === undefined) return "unanswered";
  return end === "interrupted" ? "interrupted" : "answered";
}
