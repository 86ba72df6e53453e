/**
 * What Earshot promises, tried out on this machine: one file a check.
 *
 * @module
 */
import { checkBuffer } from "./buffer_check.ts";
import type { Check } from "./check.ts";
import { checkCursors } from "./cursor_check.ts";
import { checkFlood } from "./flood_check.ts";
import { checkParallel } from "./parallel_check.ts";
import { checkRelease } from "./release_check.ts";
import { checkSave } from "./save_check.ts";
import { checkTeardown } from "./teardown_check.ts";

export type { Check, CheckOptions, CheckResult } from "./check.ts";

/** Every check, in the order in which they are shown. */
export const CHECKS: readonly Check[] = [
  checkSave,
  checkBuffer,
  checkCursors,
  checkRelease,
  checkParallel,
  checkTeardown,
  checkFlood,
].map((check): Check => (signal, options) => check(signal, options));
