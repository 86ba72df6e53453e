import { EarshotError } from "../../errors/mod.ts";
import { connectionError, endedError, type ServiceName } from "../../service/mod.ts";

/** What an answer of a voice threw once it had begun: it is not that nobody is there. */
export function brokenOff(service: ServiceName, thrown: unknown, signal: AbortSignal): EarshotError {
  if (signal.aborted) return EarshotError.from(signal.reason, "canceled");
  if (!(thrown instanceof EarshotError)) {
    const error = EarshotError.from(thrown, "net.unreachable");
    return endedError(service, { code: 1006, reason: "in its answer", error });
  }
  const error = connectionError(service, thrown);
  if (error.code !== "tts.unreachable") return error;
  return endedError(service, { code: 1006, reason: "in its answer", error });
}
