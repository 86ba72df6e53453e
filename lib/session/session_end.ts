import type { ErrorCode } from "../errors/mod.ts";

/** Why a session ended. */
export type SessionEnd =
  | { readonly type: "device_left"; readonly code: number }
  | { readonly type: "goodbye" }
  | { readonly type: "hello_timeout" }
  | { readonly type: "idle" }
  | { readonly type: "flood" }
  | { readonly type: "stuck" }
  | { readonly type: "message_too_big" }
  | { readonly type: "replaced" }
  | { readonly type: "unsupported" }
  | { readonly type: "shutdown" }
  | { readonly type: "failed"; readonly code: ErrorCode };

/** The WebSocket close code that a device sees for each end; a device that left sees none. */
export const CLOSE_CODES: Readonly<Record<SessionEnd["type"], number>> = {
  device_left: 1000,
  goodbye: 1000,
  hello_timeout: 1008,
  idle: 1000,
  flood: 1008,
  stuck: 1008,
  message_too_big: 1009,
  replaced: 4001,
  unsupported: 1003,
  shutdown: 1001,
  failed: 1011,
};

/** Every way in which a session can end. */
export const SESSION_ENDS: readonly string[] = Object.keys(CLOSE_CODES);
