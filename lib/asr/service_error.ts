import { EarshotError, type ErrorCode } from "../errors/mod.ts";
import { HttpRefusal, safeDetail, type SocketEnd } from "../net/mod.ts";

/** What a service answers with an HTTP status when it says nothing else. */
const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: "asr.config",
  401: "asr.auth",
  402: "asr.quota",
  403: "asr.auth",
  404: "asr.config",
  405: "asr.config",
  408: "asr.timeout",
  413: "asr.bad_audio",
  415: "asr.bad_audio",
  422: "asr.config",
  429: "asr.throttled",
};

/** An error of a service: `detail` is its own words, of which only what is safe is repeated. */
export function serviceError(
  code: ErrorCode,
  { service, detail = "", cause, retryable }: {
    readonly service: string;
    readonly detail?: string;
    readonly cause?: unknown;
    /** Where the service knows better than the catalog. */
    readonly retryable?: boolean;
  },
): EarshotError {
  const words = safeDetail(detail);
  return new EarshotError(code, `Cannot recognize with ${service}${words === "" ? "" : `: ${words}`}`, {
    ...(cause !== undefined && { cause }),
    ...(retryable !== undefined && { retryable }),
  });
}

/** What an HTTP status means when nothing more is known. */
export function codeOfStatus(status: number): ErrorCode {
  return BY_STATUS[status] ?? (status >= 500 ? "asr.failed" : "asr.protocol");
}

/** A refused request as an error of recognition, by its status. */
export function refusalError(service: string, refusal: HttpRefusal): EarshotError {
  return serviceError(codeOfStatus(refusal.status), {
    service,
    detail: `it answered ${refusal.status} ${refusal.body}`,
    cause: refusal,
  });
}

/** Whatever a connection threw, as an error of recognition. */
export function connectionError(service: string, thrown: unknown): EarshotError {
  const error = EarshotError.from(thrown, "asr.failed");
  if (error instanceof HttpRefusal) return refusalError(service, error);
  const detail = error.message;
  switch (error.code) {
    case "net.unreachable":
      // Its words are fit for a message already; a second time would take a long name of a host for a secret.
      return new EarshotError("asr.unreachable", `Cannot recognize with ${service}: ${detail}`, {
        cause: error,
      });
    case "net.certificate":
    case "net.scheme":
      return new EarshotError("asr.unreachable", `Cannot recognize with ${service}: ${detail}`, {
        cause: error,
        retryable: false,
      });
    case "net.too_big":
      return serviceError("asr.protocol", { service, detail, cause: error });
    default:
      return error;
  }
}

/** The service went before it was done. */
export function endedError(service: string, { code, reason, error }: SocketEnd): EarshotError {
  if (error?.code === "net.too_big" || error?.code === "net.scheme") return connectionError(service, error);
  return serviceError("asr.disconnected", {
    service,
    detail: `it ended the connection (${code}${reason === "" ? "" : `, ${reason}`})`,
    cause: error,
  });
}
