import { z } from "zod";
import { EarshotError } from "../../errors/mod.ts";
import { deviceBelow } from "./device_below.ts";
import { readBody } from "./read_body.ts";
import type { Route } from "./route.ts";

/** Below this path an operator sees what may be called on a device, and tries it: `GET` and `POST /tools/ID`. */
export const TOOLS_PATH = "/tools/";

/** The largest body, in bytes. */
const MAX_BODY_BYTES = 65_536;
/** How long a call may take, in ms: a camera takes 45 s. */
const CALL_MS = 50_000;

const asked = z.strictObject({ name: z.string().min(1).max(256), arguments: z.string().max(MAX_BODY_BYTES) });

/** Lists the tools of a connected device, or calls one of them, as its operator: only with a token. */
export const tools: Route = {
  path: TOOLS_PATH,
  methods: ["GET", "POST"],
  access: "token",
  async handle({ request }, { connections }) {
    const deviceId = deviceBelow(TOOLS_PATH, { request, cannot: "see the tools of a device" });
    const session = connections.sessionOf(deviceId);
    if (session === undefined) {
      throw new EarshotError(
        "device.not_connected",
        `Cannot see the tools of ${deviceId}: it is not connected`,
      );
    }
    const signal = AbortSignal.any([request.signal, AbortSignal.timeout(CALL_MS)]);
    try {
      if (request.method === "GET") return Response.json(await session.operatorTools.list(signal));
      const call = await readCall(request);
      return call instanceof Response
        ? call
        : Response.json(await session.operatorTools.try({ name: call.name, json: call.arguments }, signal));
    } catch (thrown) {
      const { code, message } = EarshotError.from(thrown);
      if (!code.startsWith("tool.")) throw thrown;
      return Response.json({ code, message }, { status: 422 });
    }
  },
};

async function readCall(request: Request): Promise<z.output<typeof asked> | Response> {
  const body = await readBody(request, { maxBytes: MAX_BODY_BYTES });
  if (body instanceof Response) return body;
  try {
    return asked.parse(JSON.parse(body));
  } catch (cause) {
    const wanted = '{ "name": "...", "arguments": "{...}" }';
    throw new EarshotError("protocol.invalid_message", `Cannot call a tool: send ${wanted}`, { cause });
  }
}
