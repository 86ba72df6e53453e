import { z } from "zod";
import type { EarshotError } from "../../errors/mod.ts";
import {
  decodeDoubaoFrame,
  DOUBAO_FRAME,
  doubaoFault,
  jsonOf,
  serviceError,
  type ServiceName,
} from "../../service/mod.ts";

/** The events of the voices, by the names that they have here. */
export const DOUBAO_EVENT = {
  startConnection: 1,
  finishConnection: 2,
  connected: 50,
  connectionFailed: 51,
  startSession: 100,
  cancelSession: 101,
  finishSession: 102,
  started: 150,
  canceled: 151,
  finished: 152,
  failed: 153,
  task: 200,
  sound: 352,
} as const;

/** The code of what went well. */
export const DOUBAO_OK = 20000000;

/** What the service says on a socket. */
export type DoubaoEvent =
  | { readonly type: "sound"; readonly bytes: Uint8Array }
  /** The connection, or the session, is there; the session has ended, or has been given up. */
  | { readonly type: "connected" | "started" | "finished" | "canceled" }
  /** Nothing that is needed, such as where sentences begin. */
  | { readonly type: "other" };

const report = z.looseObject({
  status_code: z.int().optional(),
  code: z.int().optional(),
  message: z.string().default(""),
});

/**
 * Reads a message of the service.
 *
 * @throws {EarshotError} what it says that failed, or `tts.protocol`
 */
export function readDoubaoEvent(service: ServiceName, message: string | Uint8Array): DoubaoEvent {
  if (typeof message === "string") {
    throw serviceError(service, "protocol", { detail: "it sent text where frames are due" });
  }
  const { type, event, code, payload } = decodeDoubaoFrame(service, message);
  if (code !== undefined) throw doubaoError(service, { code, words: textOf(payload) });
  if (type === DOUBAO_FRAME.sound || event === DOUBAO_EVENT.sound) return { type: "sound", bytes: payload };
  switch (event) {
    case DOUBAO_EVENT.connected:
      return { type: "connected" };
    case DOUBAO_EVENT.started:
      return { type: "started" };
    case DOUBAO_EVENT.canceled:
      return { type: "canceled" };
    case DOUBAO_EVENT.finished: {
      const reported = reportIn(payload);
      if (reported.code === undefined || reported.code === DOUBAO_OK) return { type: "finished" };
      throw doubaoError(service, reported);
    }
    case DOUBAO_EVENT.connectionFailed:
    case DOUBAO_EVENT.failed:
      throw doubaoError(service, reportIn(payload));
    default:
      return { type: "other" };
  }
}

/** What the service says that failed, as an error. */
export function doubaoError(
  service: ServiceName,
  { code = 0, words }: { readonly code?: number | undefined; readonly words: string },
): EarshotError {
  return serviceError(service, doubaoFault(service, { code, words }), { detail: `${code} ${words}` });
}

function reportIn(payload: Uint8Array): { readonly code: number | undefined; readonly words: string } {
  const text = textOf(payload);
  const { success, data } = report.safeParse(jsonOf(text));
  return success
    ? { code: data.status_code ?? data.code, words: data.message }
    : { code: undefined, words: text };
}

function textOf(payload: Uint8Array): string {
  return new TextDecoder().decode(payload);
}
