import { HttpRefusal, type HttpRequest } from "../../net/mod.ts";
import { connectionError, jsonOf } from "../../service/mod.ts";
import type { HttpSpeaker } from "./speak_over_http.ts";

/**
 * What a server lists at a path, as the JSON that it is, or what else there is; `undefined` where it has no such path.
 *
 * @throws {EarshotError} `tts.*` or `canceled`
 */
export async function listAt(
  request: HttpRequest,
  { service, http, refusal }: Pick<HttpSpeaker, "service" | "http" | "refusal">,
  signal: AbortSignal,
): Promise<{ readonly json: unknown } | undefined> {
  try {
    return { json: jsonOf(await http.text(request, signal)) };
  } catch (thrown) {
    if (!(thrown instanceof HttpRefusal)) throw connectionError(service, thrown);
    if (thrown.status === 404 || thrown.status === 405) return undefined;
    const error = refusal?.(thrown, "");
    throw error === undefined || error === "nothing" ? connectionError(service, thrown) : error;
  }
}
