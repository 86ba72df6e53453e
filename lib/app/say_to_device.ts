import { EarshotError, type ErrorCode } from "../errors/mod.ts";
import { askToSay, type SayAnswer } from "./announcement.ts";

/** What each status of a refusal means. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  400: "protocol.invalid_message",
  404: "device.not_connected",
  409: "device.busy",
  422: "device.mute",
};

/** How much of a text was heard. */
export interface SaidToDevice {
  readonly chars: number;
  readonly heardChars: number;
  /** Whether somebody interrupted it. */
  readonly interrupted: boolean;
}

/**
 * Lets the gateway that runs with a data directory speak to a device. Resolves once it was played, or given up for
 * somebody who spoke.
 *
 * @throws {EarshotError} `device.not_connected`, `device.busy`, `device.mute`, `tts.failed`, `lifecycle.deadline`, `canceled`
 */
export async function sayToDevice(
  asked: {
    /** The data directory. */
    readonly data: string;
    /** The device. */
    readonly deviceId: string;
    readonly text: string;
    readonly signal: AbortSignal;
  },
): Promise<SaidToDevice> {
  const answer = await askToSay(asked);
  if (answer.type !== "said") throw refusalOf(answer, asked);
  const { chars, heardChars, end } = answer;
  return { chars, heardChars, interrupted: end === "interrupted" };
}

function refusalOf(
  answer: Exclude<SayAnswer, { readonly type: "said" }>,
  { data, deviceId }: { readonly data: string; readonly deviceId: string },
): EarshotError {
  const failed = (code: ErrorCode, state: string) =>
    new EarshotError(code, `Cannot speak to ${deviceId}: ${state}`);
  switch (answer.type) {
    case "refused":
      // Whoever else has the port by now does not know the token.
      if (answer.status === 401 || answer.status === 403) {
        return failed("device.not_connected", `no gateway runs with ${data}`);
      }
      return failed(CODES[answer.status] ?? "tts.failed", answer.reason);
    case "not_running":
      return failed("device.not_connected", `no gateway runs with ${data}`);
    case "no_answer":
      return failed("lifecycle.deadline", `the gateway (process ${answer.pid}) does not answer`);
  }
}
