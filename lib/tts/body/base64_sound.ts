import { serviceError, type ServiceName } from "../../service/mod.ts";

/**
 * The bytes that a service wrote as base64.
 *
 * @throws {EarshotError} `protocol` of the service's family where they are none
 */
export function soundOfBase64(service: ServiceName, text: string): Uint8Array {
  try {
    return Uint8Array.fromBase64(text);
  } catch (cause) {
    throw serviceError(service, "protocol", { detail: "its message has sound that is no base64", cause });
  }
}
