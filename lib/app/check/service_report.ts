import type { EarshotError, ErrorCode } from "../../errors/mod.ts";
import { type Fault, faultOf } from "./fault.ts";

/** What is known of one side of a service. */
export type Verdict = "yes" | "no" | "unknown";

/** What became of a service that was tried. */
export interface ServiceReport {
  /** Its place in the config, such as `asr.doubao`. */
  readonly service: string;
  /** Whether it did its work. */
  readonly ok: boolean;
  /** Whether something answers there. */
  readonly reachable: Verdict;
  /** Whether it takes our keys. */
  readonly authorized: Verdict;
  /** How long it took until it was ready for sound, in ms. */
  readonly openMs?: number;
  /** How long the answer took after the end of the sound, in ms. */
  readonly answerMs?: number;
  /** What went wrong, and what to do about it. */
  readonly fault?: Fault;
}

/** Tries one service. Never rejects, unless `signal` aborts. */
export type ServiceCheck = (signal: AbortSignal) => Promise<ServiceReport>;

/** What an error says of reachability and keys. */
const VERDICTS: Partial<Record<ErrorCode, readonly [reachable: Verdict, authorized: Verdict]>> = {
  "asr.unreachable": ["no", "unknown"],
  "asr.auth": ["yes", "no"],
  "asr.quota": ["yes", "no"],
  "asr.throttled": ["yes", "yes"],
  "asr.config": ["yes", "unknown"],
  "asr.bad_audio": ["yes", "yes"],
  "asr.protocol": ["yes", "unknown"],
  "asr.disconnected": ["yes", "unknown"],
  "voiceprint.unreachable": ["no", "unknown"],
  "voiceprint.auth": ["yes", "no"],
  "voiceprint.refused": ["yes", "unknown"],
  "voiceprint.protocol": ["yes", "unknown"],
};

/** The report of a service that failed; `openMs` where it was ready for sound before. */
export function failedReport(
  service: string,
  error: EarshotError,
  { openMs }: { readonly openMs?: number | undefined } = {},
): ServiceReport {
  const [reachable, authorized] = openMs === undefined
    ? VERDICTS[error.code] ?? ["unknown", "unknown"]
    : ["yes", error.code === "asr.auth" || error.code === "asr.quota" ? "no" : "yes"] as const;
  return {
    service,
    ok: false,
    reachable,
    authorized,
    ...(openMs !== undefined && { openMs }),
    fault: faultOf(error),
  };
}
