import { EarshotError, type ErrorCode } from "../errors/mod.ts";
import {
  askForTools,
  askToCall,
  type DeviceToolsAnswer,
  type ToolsAnswer,
  type ToolsQuestion,
} from "./announcement.ts";

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
  const failed = (code: ErrorCode, state: string) =>
    new EarshotError(code, `Cannot use the tools of ${deviceId}: ${state}`);
  switch (asked.type) {
    case "answered":
      return asked.answer;
    case "refused":
      if (asked.fault !== undefined) throw new EarshotError(asked.fault.code, asked.fault.message);
      // Whoever else has the port by now does not know the token.
      if (asked.status === 401 || asked.status === 403) {
        throw failed("device.not_connected", `no gateway runs with ${data}`);
      }
      throw failed(CODES[asked.status] ?? "tool.failed", asked.reason);
    case "not_running":
      throw failed("device.not_connected", `no gateway runs with ${data}; start it with \`earshot serve\``);
    case "no_answer":
      throw failed("lifecycle.deadline", `the gateway (process ${asked.pid}) does not answer`);
  }
}
