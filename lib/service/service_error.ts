import { EarshotError, type ServiceFamily, type ServiceFault } from "../errors/mod.ts";
import { HttpRefusal, safeDetail, type SocketEnd } from "../net/mod.ts";
import type { ServiceName } from "./service_name.ts";

/** What an HTTP status means when the service says nothing else. */
const BY_STATUS: Readonly<Record<number, ServiceFault>> = {
  400: "config",
  401: "auth",
  402: "quota",
  403: "auth",
  404: "config",
  405: "config",
  408: "timeout",
  413: "bad_input",
  415: "bad_input",
  422: "config",
  429: "throttled",
};

/** How a message of each family begins, before the service's name. */
const CANNOT: Readonly<Record<ServiceFamily, string>> = {
  asr: "Cannot recognize with",
  tts: "Cannot speak with",
  llm: "Cannot answer with",
  voiceprint: "Cannot identify the speaker with",
};

/** What is known of a fault besides its kind. */
export interface FaultFacts {
  /** The service's own words, of which only what is safe is repeated. */
  readonly detail?: string;
  readonly cause?: unknown;
  /** Overrides the catalog where the service knows better. */
  readonly retryable?: boolean;
}

/** An error of a service, with the code of its family: `asr.auth`, `voiceprint.auth`. */
export function serviceError(
  { family, name }: ServiceName,
  fault: ServiceFault,
  { detail = "", cause, retryable }: FaultFacts = {},
): EarshotError {
  const words = safeDetail(detail);
  return new EarshotError(
    `${family}.${fault}`,
    `${CANNOT[family]} ${name}${words === "" ? "" : `: ${words}`}`,
    {
      ...(cause !== undefined && { cause }),
      ...(retryable !== undefined && { retryable }),
    },
  );
}

/** What an HTTP status means when nothing more is known. */
export function faultOfStatus(status: number): ServiceFault {
  return BY_STATUS[status] ?? (status >= 500 ? "failed" : "protocol");
}

/** A refused request as an error of the service, by its status. */
export function refusalError(service: ServiceName, refusal: HttpRefusal): EarshotError {
  return serviceError(service, faultOfStatus(refusal.status), {
    detail: `it answered ${refusal.status} ${refusal.body}`,
    cause: refusal,
  });
}

/** Whatever a connection threw, as an error of the service. */
export function connectionError(service: ServiceName, thrown: unknown): EarshotError {
  const { family, name } = service;
  const error = EarshotError.from(thrown, `${family}.failed`);
  if (error instanceof HttpRefusal) return refusalError(service, error);
  switch (error.code) {
    case "net.unreachable":
    case "net.certificate":
    case "net.scheme":
      // Its words are safe already; a second time would take a long host name for a secret.
      return new EarshotError(`${family}.unreachable`, `${CANNOT[family]} ${name}: ${error.message}`, {
        cause: error,
        retryable: error.code === "net.unreachable",
      });
    case "net.too_big":
      return serviceError(service, "protocol", { detail: error.message, cause: error });
    default:
      return error;
  }
}

/** The error of a service that ended its connection too early. */
export function endedError(service: ServiceName, { code, reason, error }: SocketEnd): EarshotError {
  if (error?.code === "net.too_big" || error?.code === "net.scheme") return connectionError(service, error);
  return serviceError(service, "disconnected", {
    detail: `it ended the connection (${code}${reason === "" ? "" : `, ${reason}`})`,
    cause: error,
  });
}
