import type { EarshotError, ErrorCode } from "../errors/mod.ts";

/** Why a session ended. */
export type SessionEnd =
  | { readonly type: "device_left"; readonly code: number }
  | { readonly type: "ping_timeout" }
  | { readonly type: "goodbye" }
  | { readonly type: "hello_timeout" }
  | { readonly type: "idle" }
  | { readonly type: "no_speech" }
  /** Another device of the room answers. */
  | { readonly type: "yielded" }
  | { readonly type: "flood" }
  | { readonly type: "slow_reader" }
  | { readonly type: "message_too_big" }
  | { readonly type: "replaced" }
  | { readonly type: "revoked" }
  /** The operator has changed who is trusted under its id; it may come again at once. */
  | { readonly type: "unpinned" }
  | { readonly type: "unsupported" }
  | { readonly type: "shutdown" }
  /** A fault of ours. */
  | { readonly type: "failed"; readonly error: EarshotError };

/** The WebSocket close code that a device sees for each end; a device that left or vanished sees none. */
export const CLOSE_CODES: Readonly<Record<SessionEnd["type"], number>> = {
  device_left: 1000,
  ping_timeout: 1001,
  goodbye: 1000,
  hello_timeout: 1008,
  idle: 1000,
  no_speech: 1000,
  yielded: 1000,
  flood: 1008,
  slow_reader: 1008,
  message_too_big: 1009,
  replaced: 4001,
  revoked: 4003,
  unpinned: 4004,
  unsupported: 1003,
  shutdown: 1001,
  failed: 1011,
};

/** The ends to which a device is sent away. */
export type Dismissal = "replaced" | "revoked" | "unpinned";

/** What a device is told that is sent away, by the end that it comes to. */
export const DISMISSALS: Readonly<Record<Dismissal, ErrorCode>> = {
  replaced: "server.replaced",
  revoked: "auth.not_approved",
  unpinned: "auth.unpinned",
};

/** Every way in which a session can end. */
export const SESSION_ENDS: readonly string[] = Object.keys(CLOSE_CODES);
