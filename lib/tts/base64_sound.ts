import { serviceError, type ServiceName } from "../service/mod.ts";

/**
 * The bytes of sound that an event carries as base64.
 *
 * @throws {EarshotError} `tts.protocol` where it is none
 */
export function soundOfBase64(service: ServiceName, audio: string): Uint8Array {
  try {
    return Uint8Array.fromBase64(audio);
  } catch (cause) {
    throw serviceError(service, "protocol", { detail: "its event has sound that is no base64", cause });
  }
}
