import type { ListenMode } from "../../lib/protocol/mod.ts";
import { countWrong, type Heard, type Speech } from "./clips.ts";
import type { DeviceHeard } from "./hear.ts";
import type { Finding, Row } from "./table.ts";
import type { TrialName } from "./trial_types.ts";

/** What a trial is given. */
export interface TrialContext {
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Whether all of the speech is played, rather than a few clips. */
  readonly all: boolean;
  /** A folder for logs and the like; it is there until the next run. */
  readonly dir: string;
}

/** Something of ours against a real peer. */
export interface Trial {
  /** As `TRIAL_TYPES` has it, with the types that it runs. */
  readonly name: TrialName;
  /** Throws `Unavailable` where it cannot be tried on this machine. */
  run(context: TrialContext): Promise<readonly Finding[]>;
}

/** The limit: so many characters or words more than by the bare model may be wrong through a device. */
export const ALLOWED = 2;

/** Options of {@linkcode countRow}. */
export interface CountRowOptions {
  readonly recognizer: string;
  readonly mode: ListenMode;
  readonly heard: readonly DeviceHeard[];
  /** What the model hears with nothing between. */
  readonly bare: readonly Heard[];
  /** Without it the number is only for comparison. */
  readonly allowed?: number;
}

/** The row of what a device heard of speech in one mode. */
export async function countRow(
  speech: Speech,
  { recognizer, mode, heard, bare, allowed }: CountRowOptions,
): Promise<Row> {
  const { wrong, of } = await countWrong(speech, heard);
  const delayMs = medianDelayMs(heard);
  return {
    type: "heard",
    what: `${recognizer}, ${speech.language === "zh" ? "Chinese" : "English"}, ${mode}`,
    wrong,
    bare: (await countWrong(speech, bare)).wrong,
    of,
    unit: speech.language === "zh" ? "characters" : "words",
    ...(allowed !== undefined && { allowed }),
    ...(delayMs !== undefined && { delayMs }),
  };
}

/** How soon the text of a clip came, at the median; `undefined` where nothing was recognized. */
export function medianDelayMs(heard: readonly DeviceHeard[]): number | undefined {
  const delays = heard.flatMap(({ delayMs }) => delayMs === undefined ? [] : [delayMs]).sort((a, b) => a - b);
  return delays[Math.floor(delays.length / 2)];
}
