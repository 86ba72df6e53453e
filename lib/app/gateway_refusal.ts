import { EarshotError, type ErrorCode } from "../errors/mod.ts";
import type { Unanswered } from "./announcement.ts";

/** Options of {@linkcode gatewayRefusal}. */
export interface GatewayRefusalOptions {
  /** The data directory. */
  readonly data: string;
  /** What was not done, as it should read after `Cannot`. */
  readonly cannot: string;
  /** What each status of a refusal means. */
  readonly codes: Readonly<Record<number, ErrorCode>>;
  /** What any other one means. */
  readonly otherwise: ErrorCode;
  /** What to do where no gateway runs, to be read after that. */
  readonly remedy?: string;
}

/** Why a gateway has not done what a command of its user has asked for. */
export function gatewayRefusal(
  answer: Unanswered,
  { data, cannot, codes, otherwise, remedy = "" }: GatewayRefusalOptions,
): EarshotError {
  const failed = (code: ErrorCode, state: string) => new EarshotError(code, `Cannot ${cannot}: ${state}`);
  switch (answer.type) {
    case "refused":
      // Whoever else has the port by now does not know the token.
      if (answer.status === 401 || answer.status === 403) {
        return failed("device.not_connected", `no gateway runs with ${data}`);
      }
      return failed(codes[answer.status] ?? otherwise, answer.reason);
    case "not_running":
      return failed("device.not_connected", `no gateway runs with ${data}${remedy}`);
    case "no_answer":
      return failed("lifecycle.deadline", `the gateway (process ${answer.pid}) does not answer`);
  }
}
