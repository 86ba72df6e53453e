import type { Migrations } from "./database.ts";
import { addAnswerColumns, addSpeakerColumns, TURN_COLUMNS } from "./turn_columns.ts";

/** The journal's schema. */
export const JOURNAL_SCHEMA: Migrations = [
  [`CREATE TABLE entries (seq INTEGER PRIMARY KEY AUTOINCREMENT, ${TURN_COLUMNS}) STRICT`],
  addSpeakerColumns("entries"),
  addAnswerColumns("entries"),
];

/** The store's schema. */
export const STORE_SCHEMA: Migrations = [
  [
    `CREATE TABLE turns (id INTEGER PRIMARY KEY AUTOINCREMENT, ${TURN_COLUMNS}) STRICT`,
    "CREATE INDEX turns_of_device ON turns (deviceId, id)",
    "CREATE INDEX turns_by_age ON turns (atMs)",
  ],
  addSpeakerColumns("turns"),
  [
    ...addAnswerColumns("turns"),
    `CREATE TABLE summaries (deviceId TEXT PRIMARY KEY, text TEXT NOT NULL, throughAtMs REAL NOT NULL,
      atMs REAL NOT NULL) STRICT`,
  ],
];

/** The `application_id` of a journal that holds nothing; of any other it is 0. */
export const EMPTY_MARK = 0x456d7079;
