import { EarshotError, type ErrorCode } from "../../errors/mod.ts";
import { HttpRefusal } from "../../net/mod.ts";

/** Signatures hold for minutes; a clock that is further off than this may be why one is refused, in ms. */
const MAX_SKEW_MS = 60_000;

/** What is wrong with a service. */
export interface Fault {
  /** The stable code. */
  readonly code: ErrorCode;
  /** What happened, with the service's own words. */
  readonly message: string;
  /** What to do. */
  readonly fix: string;
}

/** What is wrong, and the most exact thing that can be said to be done about it. */
export function faultOf(error: EarshotError, nowMs = Date.now()): Fault {
  const causes = causesOf(error);
  const trust = causes.find(({ code }) => code === "net.certificate" || code === "net.scheme");
  const refusal = causes.find((cause) => cause instanceof HttpRefusal);
  const fixes = [
    skewOf(refusal, nowMs),
    trust?.entry.remedy ?? error.entry.checked ?? error.entry.remedy,
  ].filter((fix) => fix !== undefined);
  return { code: error.code, message: error.message, fix: fixes.join(" ") };
}

/** A refusal says what time it is where it came from. */
function skewOf(refusal: HttpRefusal | undefined, nowMs: number): string | undefined {
  const theirMs = Date.parse(refusal?.headers.get("date") ?? "");
  if (Number.isNaN(theirMs) || Math.abs(nowMs - theirMs) <= MAX_SKEW_MS) return undefined;
  const off = Math.round(Math.abs(nowMs - theirMs) / 1_000);
  return `Set the clock of this machine: it is ${off} s ${
    nowMs < theirMs ? "behind" : "ahead of"
  } the service's.`;
}

function causesOf(error: EarshotError): readonly EarshotError[] {
  const causes: EarshotError[] = [];
  for (let cause: unknown = error; cause instanceof EarshotError; cause = cause.cause) causes.push(cause);
  return causes;
}
