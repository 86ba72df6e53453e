/** The speaker that a turn was attributed to. */
export interface MemorySpeaker {
  /** The id under which the voice is registered. */
  readonly id: string;
  /** What the speaker was called then. */
  readonly name: string;
  /** How alike the voices were; 1 is the same. */
  readonly score: number;
}

/** One tool call of a turn. */
export interface MemoryStep {
  /** The tool, by the name that the language model knows. */
  readonly tool: string;
  /** Its arguments, as JSON. */
  readonly arguments: string;
  /** What it gave, as the language model was told. */
  readonly result: string;
  /** What became of it. */
  readonly status: "done" | "failed" | "canceled";
}

/** What became of a turn; `unanswered`: no answer was wanted, as where recognition is all. */
export type MemoryOutcome = "answered" | "interrupted" | "failed" | "unanswered";

/** Every {@linkcode MemoryOutcome}. */
export const MEMORY_OUTCOMES = [
  "answered",
  "interrupted",
  "failed",
  "unanswered",
] as const satisfies readonly MemoryOutcome[];

/** One turn: what was said, done and answered. Recorded once, when it is over. */
export interface MemoryEntry {
  /** Unique for ever: the same key is saved once, however often it is recorded. */
  readonly key: string;
  /** Who spoke: the device id, or the key of the connection of a device without one. */
  readonly deviceId: string;
  /** The session in which it was said. */
  readonly sessionId: string;
  /** The number of the turn within its session. */
  readonly turnId: number;
  /** When the words were known, in ms since 1970. */
  readonly atMs: number;
  /** The user's words; cut at 16,384 characters. `""` where a turn failed before they were known. */
  readonly user: string;
  /** The tool calls, in order; those from the first on that fit into 65,536 characters of JSON. */
  readonly steps: readonly MemoryStep[];
  /** The whole answer, heard or not; cut at 65,536 characters. `""` for none. */
  readonly answer: string;
  /** How many characters (UTF-16 units) of the answer were heard; at most its length. */
  readonly heardChars: number;
  /** What became of the turn. */
  readonly outcome: MemoryOutcome;
  /** The error's code, where it failed. */
  readonly code?: string;
  /** The language of the user's words (BCP 47), where it is known. */
  readonly language?: string;
  /** Who said them, where the voice is known. */
  readonly speaker?: MemorySpeaker;
  /** How much sound the turn had, in ms. */
  readonly audioMs: number;
  /** How much of that was dropped before it was recognized, in ms. */
  readonly droppedMs: number;
}

/** Sixty seconds of speech are less than 2,000 characters. */
const MAX_USER_CHARS = 16_384;
const MAX_ANSWER_CHARS = 65_536;
const MAX_STEPS_CHARS = 65_536;
const MAX_ID_CHARS = 256;

/**
 * The entry as the files can hold it, or `undefined` for one that they cannot: it would be retried for ever.
 * What is read later is then the same, whether it comes from a file or still waits for one.
 */
export function storable(entry: MemoryEntry): MemoryEntry | undefined {
  const { key, deviceId, sessionId, turnId, atMs, audioMs, droppedMs, heardChars, code, language, speaker } =
    entry;
  const ids = [key, deviceId, sessionId, code, language, speaker?.id, speaker?.name];
  if (!ids.every((id) => id === undefined || isStorableId(id))) return undefined;
  const numbers = [turnId, atMs, audioMs, droppedMs, heardChars, speaker?.score ?? 0];
  if (!numbers.every(Number.isFinite)) return undefined;
  const answer = storableText(entry.answer, MAX_ANSWER_CHARS);
  return {
    ...entry,
    user: storableText(entry.user, MAX_USER_CHARS),
    steps: fitting(entry.steps),
    answer,
    // Counted again, since a character that no file holds may have been heard.
    heardChars: Math.min(answer.length, storableText(entry.answer.slice(0, Math.max(0, heardChars))).length),
  };
}

/** Whether a file can hold it, and find it again. */
export function isStorableId(id: string): boolean {
  return id.length <= MAX_ID_CHARS && !id.includes("\0");
}

/** SQLite ends a text that it reads at the first NUL, and holds no half of a character. */
export function storableText(text: string, maxChars = Infinity): string {
  const cut = text.length > maxChars ? text.slice(0, maxChars).replace(/[\uD800-\uDBFF]$/, "") : text;
  return cut.replaceAll("\0", "").toWellFormed();
}

/** The steps of a row; what cannot be read as such is none. Without zod, which would cost each Worker its load. */
export function stepsOf(json: string): readonly MemoryStep[] {
  try {
    const parsed: unknown = JSON.parse(json);
    return Array.isArray(parsed) ? parsed.filter(isStep) : [];
  } catch {
    return [];
  }
}

function isStep(value: unknown): value is MemoryStep {
  if (typeof value !== "object" || value === null) return false;
  const step: Partial<Record<keyof MemoryStep, unknown>> = value;
  const texts = [step.tool, step.arguments, step.result];
  return texts.every((text) => typeof text === "string") &&
    (step.status === "done" || step.status === "failed" || step.status === "canceled");
}

/** The first steps, as many as there is room for. */
function fitting(steps: readonly MemoryStep[]): readonly MemoryStep[] {
  let chars = "[]".length;
  const kept: MemoryStep[] = [];
  for (const { tool, arguments: given, result, status } of steps) {
    const step = {
      tool: storableText(tool),
      arguments: storableText(given),
      result: storableText(result),
      status,
    };
    chars += JSON.stringify(step).length + ",".length;
    if (chars > MAX_STEPS_CHARS) break;
    kept.push(step);
  }
  return kept;
}
