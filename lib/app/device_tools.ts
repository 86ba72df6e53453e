import { EarshotError, type ErrorCode } from "../errors/mod.ts";
import {
  askForTools,
  askToCall,
  type DeviceToolsAnswer,
  type ToolsAnswer,
  type ToolsQuestion,
} from "./announcement.ts";
import { gatewayRefusal } from "./gateway_refusal.ts";

/** What each status of a refusal means. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  400: "protocol.invalid_message",
  404: "device.not_connected",
};

/**
 * What may be called on a device of the gateway that runs with a data directory.
 *
 * @throws {EarshotError} `device.not_connected`, `device.mute`, `tool.*`, `lifecycle.deadline`, `canceled`
 */
export async function toolsOfDevice(question: ToolsQuestion): Promise<DeviceToolsAnswer> {
  return answerOf(await askForTools(question), question);
}

/** Calls one of them; throws as {@linkcode toolsOfDevice} does. */
export async function callOnDevice(
  question: ToolsQuestion,
  call: { readonly name: string; readonly arguments: string },
): Promise<{ readonly text: string; readonly failed?: boolean | undefined }> {
  return answerOf(await askToCall(question, call), question);
}

function answerOf<T>(asked: ToolsAnswer<T>, { data, deviceId }: ToolsQuestion): T {
  if (asked.type === "answered") return asked.answer;
  if (asked.type === "refused" && asked.fault !== undefined) {
    throw new EarshotError(asked.fault.code, asked.fault.message);
  }
  throw gatewayRefusal(asked, {
    data,
    cannot: `use the tools of ${deviceId}`,
    codes: CODES,
    otherwise: "tool.failed",
    remedy: "; start it with `earshot serve`",
  });
}
