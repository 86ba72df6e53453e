import type { EarshotError } from "../errors/mod.ts";
import type { SessionEvent } from "../session/mod.ts";
import type { ConnectionBound } from "./http_engine.ts";

/** Something that the server tells its owner. */
export type ServerEvent =
  | { readonly type: "session_opened"; readonly sessionId: string }
  | { readonly type: "session_event"; readonly sessionId: string; readonly event: SessionEvent }
  | { readonly type: "upgrade_refused"; readonly error: EarshotError }
  | { readonly type: "admission_refused"; readonly error: EarshotError }
  | { readonly type: "auth_refused"; readonly error: EarshotError }
  | { readonly type: "connection_ended"; readonly bound: ConnectionBound }
  | { readonly type: "message_too_big"; readonly sessionId: string; readonly sizeBytes: number }
  | { readonly type: "socket_abandoned"; readonly sessionId: string }
  | { readonly type: "listener_restarted"; readonly error: EarshotError };
