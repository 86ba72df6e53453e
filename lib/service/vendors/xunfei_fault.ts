import type { ServiceFault } from "../../errors/mod.ts";

/** What iFlytek's codes mean, whatever the service; what is not here is a failure that may pass. */
const CODES: Readonly<Record<number, ServiceFault>> = {
  10005: "auth",
  10009: "config",
  10010: "quota",
  10014: "timeout",
  10019: "timeout",
  10043: "bad_input",
  10109: "bad_input",
  10114: "timeout",
  10139: "config",
  10160: "protocol",
  10161: "protocol",
  10163: "config",
  10165: "protocol",
  10200: "timeout",
  10222: "bad_input",
  10313: "auth",
  11200: "auth",
  11201: "quota",
  11202: "throttled",
  11203: "auth",
  26005: "timeout",
  26006: "timeout",
};

/** What a code of iFlytek's means. */
export function xunfeiFault(code: number): ServiceFault {
  return CODES[code] ?? "failed";
}
