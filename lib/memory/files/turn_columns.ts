import type { SQLInputValue, SQLOutputValue } from "node:sqlite";
import { MEMORY_OUTCOMES, type MemoryEntry, type MemoryOutcome, stepsOf } from "../entry.ts";

/** The table of turns in the journal, and that in the store. */
export type TurnTable = "entries" | "turns";

/** The columns of an entry, the same in both files, as they are defined in version 1 of each schema. */
export const TURN_COLUMNS = `
  key TEXT NOT NULL UNIQUE,
  deviceId TEXT NOT NULL,
  sessionId TEXT NOT NULL,
  turnId REAL NOT NULL,
  atMs REAL NOT NULL,
  text TEXT NOT NULL,
  language TEXT,
  audioMs REAL NOT NULL,
  droppedMs REAL NOT NULL`;

/** What version 2 of each schema adds: whose voice it was, or nothing for one that is not known. */
export function addSpeakerColumns(table: TurnTable): readonly string[] {
  return ["speakerId TEXT", "speakerName TEXT", "speakerScore REAL"]
    .map((column) => `ALTER TABLE ${table} ADD COLUMN ${column}`);
}

/** What version 3 of each schema changes: a turn has an answer, and what led to it. Those from before had none. */
export function addAnswerColumns(table: TurnTable): readonly string[] {
  const added = [
    "steps TEXT NOT NULL DEFAULT '[]'",
    "answer TEXT NOT NULL DEFAULT ''",
    "heardChars REAL NOT NULL DEFAULT 0",
    "outcome TEXT NOT NULL DEFAULT 'unanswered'",
    "code TEXT",
  ];
  return [
    `ALTER TABLE ${table} RENAME COLUMN text TO user`,
    ...added.map((column) => `ALTER TABLE ${table} ADD COLUMN ${column}`),
  ];
}

/** Adds one entry to `table`, or nothing when its key is there already; the values are those of {@linkcode turnValues}. */
export function insertTurn(table: TurnTable): string {
  return `INSERT INTO ${table} (key, deviceId, sessionId, turnId, atMs, user, language, audioMs, droppedMs,
      speakerId, speakerName, speakerScore, steps, answer, heardChars, outcome, code)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING`;
}

/** The values of an entry, in the order of {@linkcode insertTurn}. */
export function turnValues(entry: MemoryEntry): SQLInputValue[] {
  const { key, deviceId, sessionId, turnId, atMs, user, language, speaker, audioMs, droppedMs } = entry;
  const { steps, answer, heardChars, outcome, code } = entry;
  const said = [key, deviceId, sessionId, turnId, atMs, user, language ?? null, audioMs, droppedMs];
  const speaking = [speaker?.id ?? null, speaker?.name ?? null, speaker?.score ?? null];
  return [...said, ...speaking, JSON.stringify(steps), answer, heardChars, outcome, code ?? null];
}

/**
 * A row as an entry; the tables are STRICT, so each column has the type of its definition. A row of an older schema,
 * which only commands read as it is, lacks what came later.
 */
export function turnOf(row: Readonly<Record<string, SQLOutputValue>>): MemoryEntry {
  const { speakerId: id, speakerName: name, speakerScore: score } = row;
  const known = typeof id === "string" && typeof name === "string" && typeof score === "number";
  return {
    key: String(row.key),
    deviceId: String(row.deviceId),
    sessionId: String(row.sessionId),
    turnId: Number(row.turnId),
    atMs: Number(row.atMs),
    user: String(row.user ?? row.text),
    steps: stepsOf(String(row.steps ?? "[]")),
    answer: String(row.answer ?? ""),
    heardChars: Number(row.heardChars ?? 0),
    outcome: outcomeOf(row.outcome),
    ...(typeof row.code === "string" && { code: row.code }),
    ...(typeof row.language === "string" && { language: row.language }),
    ...(known && { speaker: { id, name, score } }),
    audioMs: Number(row.audioMs),
    droppedMs: Number(row.droppedMs),
  };
}

function outcomeOf(value: SQLOutputValue | undefined): MemoryOutcome {
  return MEMORY_OUTCOMES.find((outcome) => outcome === value) ?? "unanswered";
}
