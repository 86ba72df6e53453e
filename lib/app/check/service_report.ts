import { type EarshotError, type ErrorCode, SERVICE_FAULTS, type ServiceFault } from "../../errors/mod.ts";
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

/** What a fault says of reachability and keys; by the second part of the error's code. */
const VERDICTS: Partial<Record<ServiceFault, readonly [reachable: Verdict, authorized: Verdict]>> = {
  unreachable: ["no", "unknown"],
  auth: ["yes", "no"],
  quota: ["yes", "no"],
  throttled: ["yes", "yes"],
  config: ["yes", "unknown"],
  bad_input: ["yes", "yes"],
  protocol: ["yes", "unknown"],
  disconnected: ["yes", "unknown"],
};

/** The verdicts of an error of a service. */
function verdictsOf(code: ErrorCode): readonly [reachable: Verdict, authorized: Verdict] {
  const fault = SERVICE_FAULTS.find((fault) => code === `asr.${fault}` || code === `voiceprint.${fault}`);
  return fault === undefined ? ["unknown", "unknown"] : VERDICTS[fault] ?? ["unknown", "unknown"];
}

/** The report of a service that failed; `openMs` where it was ready for sound before. */
export function failedReport(
  service: string,
  error: EarshotError,
  { openMs }: { readonly openMs?: number | undefined } = {},
): ServiceReport {
  const [reachable, authorized] = openMs === undefined
    ? verdictsOf(error.code)
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
