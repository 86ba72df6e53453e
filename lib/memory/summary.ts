import { isStorableId, storableText } from "./entry.ts";

/** What a device has said long ago, in short. */
export interface MemorySummary {
  /** The summary; cut at 4,096 characters. */
  readonly text: string;
  /** When the last turn was said that is in it, in ms since 1970. */
  readonly throughAtMs: number;
  /** When it was made, in ms since 1970. */
  readonly atMs: number;
}

/** A summary on its way to the store. */
export interface DeviceSummary extends MemorySummary {
  readonly deviceId: string;
}

/** A device of 200 turns must not have a summary that takes the place of another's turns. */
const MAX_SUMMARY_CHARS = 4_096;

/** The summary as the store can hold it, or `undefined` for one that it cannot. */
export function storableSummary(summary: DeviceSummary): DeviceSummary | undefined {
  const { deviceId, text, throughAtMs, atMs } = summary;
  if (!isStorableId(deviceId) || !Number.isFinite(throughAtMs) || !Number.isFinite(atMs)) return undefined;
  return { ...summary, text: storableText(text, MAX_SUMMARY_CHARS) };
}
