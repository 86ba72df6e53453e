import type { SQLInputValue, SQLOutputValue } from "node:sqlite";
import type { MemoryEntry } from "../entry.ts";

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
export function addSpeakerColumns(table: "entries" | "turns"): readonly string[] {
  return ["speakerId TEXT", "speakerName TEXT", "speakerScore REAL"]
    .map((column) => `ALTER TABLE ${table} ADD COLUMN ${column}`);
}

/** Adds one entry to `table`, or nothing when its key is there already; the values are those of {@linkcode turnValues}. */
export function insertTurn(table: "entries" | "turns"): string {
  return `INSERT INTO ${table} (key, deviceId, sessionId, turnId, atMs, text, language, audioMs, droppedMs,
      speakerId, speakerName, speakerScore)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING`;
}

/** The values of an entry, in the order of {@linkcode insertTurn}. */
export function turnValues(entry: MemoryEntry): SQLInputValue[] {
  const { key, deviceId, sessionId, turnId, atMs, text, language, speaker, audioMs, droppedMs } = entry;
  const said = [key, deviceId, sessionId, turnId, atMs, text, language ?? null, audioMs, droppedMs];
  return [...said, speaker?.id ?? null, speaker?.name ?? null, speaker?.score ?? null];
}

/** A row as an entry; the tables are STRICT, so each column has the type of its definition. */
export function turnOf(row: Readonly<Record<string, SQLOutputValue>>): MemoryEntry {
  const { speakerId: id, speakerName: name, speakerScore: score } = row;
  const known = typeof id === "string" && typeof name === "string" && typeof score === "number";
  return {
    key: String(row.key),
    deviceId: String(row.deviceId),
    sessionId: String(row.sessionId),
    turnId: Number(row.turnId),
    atMs: Number(row.atMs),
    text: String(row.text),
    ...(typeof row.language === "string" && { language: row.language }),
    ...(known && { speaker: { id, name, score } }),
    audioMs: Number(row.audioMs),
    droppedMs: Number(row.droppedMs),
  };
}
