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
  /** Of a recognizer: how long it took until it was ready for sound, in ms. */
  readonly openMs?: number;
  /** Of what hears: how long the answer took after the end of the sound, in ms. */
  readonly answerMs?: number;
  /** Of a language model: how long its first word took, in ms. */
  readonly firstTokenMs?: number;
  /** Of a voice: how long its first sound took, in ms. */
  readonly firstSoundMs?: number;
  /** Of an MCP server: how many tools it has. */
  readonly tools?: number;
  /** Of a folder with music: how many files of it can be played. */
  readonly files?: number;
  /** What went wrong, and what to do about it. */
  readonly fault?: Fault;
}

/** Tries one service. Never rejects, unless `signal` aborts. */
export type ServiceCheck = (signal: AbortSignal) => Promise<ServiceReport>;

/** What a fault says of reachability and keys; by the second part of the error's code. */
const VERDICTS: Partial<Record<ServiceFault, readonly [reachable: Verdict, authorized: Verdict]>> = {
  unreachable: ["no", "unknown"],
  // A tool server that refuses the connection, or a program that is not there.
  unavailable: ["no", "unknown"],
  auth: ["yes", "no"],
  quota: ["yes", "no"],
  throttled: ["yes", "yes"],
  config: ["yes", "unknown"],
  bad_input: ["yes", "yes"],
  protocol: ["yes", "unknown"],
  disconnected: ["yes", "unknown"],
};

/** What only a language model that has read the question says. */
const ANSWERED: readonly ErrorCode[] = ["llm.empty", "llm.context", "llm.content", "llm.unmatched"];

/** The verdicts of an error of a service, whatever its family. */
function verdictsOf(code: ErrorCode): readonly [reachable: Verdict, authorized: Verdict] {
  if (ANSWERED.includes(code)) return ["yes", "yes"];
  const fault = SERVICE_FAULTS.find((fault) =>
    SERVICE_FAMILIES.some((family) => code === `${family}.${fault}`)
  );
  return fault === undefined ? ["unknown", "unknown"] : VERDICTS[fault] ?? ["unknown", "unknown"];
}

const SERVICE_FAMILIES = ["asr", "llm", "tts", "voiceprint", "tool"] as const;

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
