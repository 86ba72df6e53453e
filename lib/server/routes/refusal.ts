import type { EarshotError, ErrorCode } from "../../errors/mod.ts";
import { plainText } from "./route.ts";

/** When a device that is refused may try again: a restart takes a few seconds, and a place is soon free. */
const RETRY_AFTER_SECONDS = "10";

/** The status with which a request is refused, by the code of the error; anything else is a fault of ours. */
const STATUS: { readonly [Code in ErrorCode]?: number } = {
  "protocol.invalid_message": 400,
  "auth.token_missing": 401,
  "auth.token_invalid": 401,
  "auth.token_expired": 401,
  "auth.not_approved": 403,
  "device.not_connected": 404,
  "device.busy": 409,
  "device.mute": 422,
  "auth.origin": 403,
  "auth.admin": 403,
  "server.upgrade_required": 426,
  "server.rate_limited": 429,
  "server.draining": 503,
  "server.full": 503,
  "server.overloaded": 503,
  "server.address_full": 503,
  "lifecycle.deadline": 503,
  "auth.unwritable": 503,
  "auth.unreadable": 503,
  "lifecycle.overflow": 503,
  "memory.disk_full": 503,
  "memory.unwritable": 503,
  "memory.newer_schema": 503,
  "memory.unresponsive": 503,
};

/** What a refused request is told: why, its code, and when to try again if that may help. */
export function refusalOf(error: EarshotError): Response {
  const status = STATUS[error.code] ?? 500;
  return plainText(`${status === 500 ? "Cannot answer" : error.message} [${error.code}]\n`, {
    status,
    headers: {
      ...(error.retryable && { "retry-after": RETRY_AFTER_SECONDS }),
      ...(status === 426 && { upgrade: "websocket" }),
      ...(status === 401 && { "www-authenticate": "Bearer" }),
    },
  });
}
