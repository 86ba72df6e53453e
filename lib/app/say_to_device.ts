import type { ErrorCode } from "../errors/mod.ts";
import { askToSay } from "./announcement.ts";
import { gatewayRefusal } from "./gateway_refusal.ts";

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
  if (answer.type !== "said") {
    const { data, deviceId } = asked;
    throw gatewayRefusal(answer, {
      data,
      cannot: `speak to ${deviceId}`,
      codes: CODES,
      otherwise: "tts.failed",
    });
  }
  const { chars, heardChars, end } = answer;
  return { chars, heardChars, interrupted: end === "interrupted" };
}
