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
import { unquote } from "../text/unquote.ts";

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

/** What the service says of a fault. */
export interface DoubaoReport {
  readonly code?: number | undefined;
  readonly words: string;
}

const report = z.looseObject({
  status_code: z.int().nullish(),
  code: z.int().nullish(),
  message: z.string().nullish(),
  error: z.string().nullish(),
});

/**
 * Reads a message of the service, which was to speak what was `said`.
 *
 * @throws {EarshotError} what it says that failed, or `tts.protocol`
 */
export function readDoubaoEvent(
  message: string | Uint8Array,
  { service, said }: { readonly service: ServiceName; readonly said: string },
): DoubaoEvent {
  const failed = (fault: DoubaoReport) => doubaoError(service, { ...fault, said });
  if (typeof message === "string") {
    throw serviceError(service, "protocol", { detail: "it sent text where frames are due" });
  }
  const { type, event, code, payload } = decodeDoubaoFrame(service, message);
  if (code !== undefined) throw failed({ ...reportIn(payload), code });
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
      throw failed(reported);
    }
    case DOUBAO_EVENT.connectionFailed:
    case DOUBAO_EVENT.failed:
      throw failed(reportIn(payload));
    default:
      return { type: "other" };
  }
}

/** What the service says that failed, as an error, without what it repeats of what was `said`. */
export function doubaoError(
  service: ServiceName,
  { code = 0, words, said }: DoubaoReport & { readonly said: string },
): EarshotError {
  const detail = `${code} ${unquote(words, said)}`;
  return serviceError(service, doubaoFault(service, { code, words }), { detail });
}

function reportIn(payload: Uint8Array): DoubaoReport {
  const text = new TextDecoder().decode(payload);
  const { status_code, code, message, error } = report.safeParse(jsonOf(text)).data ?? {};
  return { code: status_code ?? code ?? undefined, words: message ?? error ?? text };
}
