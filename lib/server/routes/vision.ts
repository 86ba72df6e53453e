import { EarshotError } from "../../errors/mod.ts";
import { deviceKey, readIdentity } from "../../protocol/mod.ts";
import type { PhotoAnswer, Vision } from "../vision/vision.ts";
import type { PhotoOutcome } from "../vision/photo_event.ts";
import { answerPreflight, CORS } from "./cors.ts";
import { plainText, type Route, type RouteContext, type RoutedRequest } from "./route.ts";
import { VISION_PATH } from "./vision_url.ts";

/**
 * The status of each outcome. For firmware only 200 succeeds, and then the body becomes the text of its camera's tool,
 * which the language model reads and the person hears. So whatever the person should hear is a 200 that says `success:
 * false`. The rest is the fault of whoever sent it, or to be tried again: a tool that fails.
 */
const STATUS: Readonly<Record<Exclude<PhotoOutcome, "refused">, number>> = {
  answered: 200,
  no_photo: 200,
  too_big: 200,
  long_question: 200,
  failed: 200,
  late: 200,
  broken: 400,
  stalled: 408,
  canceled: 503,
  busy: 503,
};

/** Where a device has its photos looked at, as its `initialize` told it. */
export const vision: Route = { path: `${VISION_PATH}/`, access: "device", handle: look };

/** The same where the Python server has it. */
export const pythonVision: Route = { ...vision, path: "/mcp/vision/explain/" };

async function look(incoming: RoutedRequest, context: RouteContext): Promise<Response> {
  const { request } = incoming;
  if (request.method === "OPTIONS") return answerPreflight(request);
  if (request.method === "GET" || request.method === "HEAD") {
    return plainText("Devices that are connected send their photos here, by POST\n", { headers: CORS });
  }
  if (request.method !== "POST") {
    return plainText("Cannot answer: photos are sent with POST\n", {
      status: 405,
      headers: { ...CORS, allow: "GET, HEAD, POST, OPTIONS" },
    });
  }
  const { vision } = context;
  if (vision === undefined) {
    return plainText("Nothing looks at photos here: the config has no tools.vision\n", {
      status: 404,
      headers: CORS,
    });
  }
  const startedMs = performance.now();
  const ended = (outcome: PhotoOutcome) =>
    context.onEvent({ type: "photo", outcome, totalMs: performance.now() - startedMs });
  let answer: PhotoAnswer;
  try {
    answer = await lookFor(incoming, { ...context, vision });
  } catch (thrown) {
    ended("refused");
    throw thrown;
  }
  ended(answer.outcome);
  const body = answer.outcome === "answered"
    ? { success: true, action: "RESPONSE", response: answer.text }
    : { success: false, message: answer.message };
  return Response.json(body, {
    status: STATUS[answer.outcome],
    headers: { ...CORS, ...(answer.outcome === "busy" && { "retry-after": "5" }) },
  });
}

/** @throws {EarshotError} `auth.*`, `device.not_connected`, `server.rate_limited` */
async function lookFor(
  incoming: RoutedRequest,
  { vision, gatekeeper, connections, languageOf }: RouteContext & { readonly vision: Vision },
): Promise<PhotoAnswer> {
  const { request, address } = incoming;
  const identity = readIdentity(new URL(request.url), request.headers);
  const deviceId = gatekeeper.authorizePhoto({ identity, address });
  // A token is worth nothing once its conversation has ended.
  const session = connections.lifeOf(identity);
  if (session === undefined) {
    throw new EarshotError("device.not_connected", "Cannot look at the photo: the device is not connected");
  }
  const device = { deviceId, key: deviceKey(identity) };
  return await vision.look({ request, session, onLeft: incoming.onLeft, device, ...languageOf(deviceId) });
}
