import type { EarshotError } from "../errors/mod.ts";
import type { SessionEvent } from "../session/mod.ts";
import type { UntrustedReason } from "./auth/mod.ts";
import type { ConnectedDevice } from "./devices/connected_device.ts";
import type { ConnectionBound } from "./transport/transport.ts";
import type { PhotoEvent } from "./vision/photo_event.ts";
import type { UrlDoubt } from "./routes/websocket_url.ts";

/** Something that the server tells its owner. */
export type ServerEvent =
  | { readonly type: "session_opened"; readonly sessionId: string; readonly device: ConnectedDevice }
  | {
    readonly type: "session_event";
    readonly sessionId: string;
    readonly deviceId: string | undefined;
    readonly event: SessionEvent;
  }
  | { readonly type: "device_id_shared"; readonly deviceId: string; readonly connections: number }
  /** It is let in, but may not use what is not for everybody. */
  | {
    readonly type: "device_untrusted";
    readonly deviceId: string | undefined;
    readonly address: string;
    readonly reason: UntrustedReason;
  }
  | {
    readonly type: "device_waits";
    readonly deviceId: string;
    readonly address: string;
    readonly board: string | undefined;
    /** Whether it has connected all the same and was shown its code; else it asks for the first time. */
    readonly shown: boolean;
  }
  | {
    readonly type: "url_doubted";
    readonly doubt: UrlDoubt;
    readonly url: string;
    readonly peer: string;
  }
  | { readonly type: "upgrade_refused"; readonly error: EarshotError }
  | { readonly type: "admission_refused"; readonly error: EarshotError }
  | { readonly type: "auth_refused"; readonly error: EarshotError }
  | { readonly type: "connection_ended"; readonly bound: ConnectionBound }
  | {
    readonly type: "message_too_big";
    readonly sessionId: string;
    readonly deviceId: string | undefined;
    readonly sizeBytes: number;
  }
  | PhotoEvent
  | { readonly type: "socket_abandoned"; readonly sessionId: string }
  | { readonly type: "listener_restarted"; readonly error: EarshotError };
