import { z } from "zod";
import { EarshotError } from "../../errors/mod.ts";
import { deviceBelow } from "./device_below.ts";
import { readBody } from "./read_body.ts";
import { plainText, type Route } from "./route.ts";

/** Below this path an operator lets the gateway speak to a device: `POST /say/ID`. */
export const SAY_PATH = "/say/";

/** The longest text, in UTF-16 units. */
const MAX_CHARS = 4_000;
/** The largest body, in bytes: JSON may write a character in 6. */
const MAX_BODY_BYTES = 32_768;

/** What the operator can do something about; the message says what. */
const OF_THE_VOICE = /^(tts|engine|model)\./;

const asked = z.strictObject({ text: z.string().trim().min(1).max(MAX_CHARS) });

/**
 * Speaks to a device that is connected, with the voice of its agent; answers once that was played. Only with a token: to
 * be on this machine is not enough to speak in somebody's room.
 */
export const say: Route = {
  path: SAY_PATH,
  methods: ["POST"],
  access: "token",
  async handle({ request }, { connections }) {
    const deviceId = deviceBelow(SAY_PATH, { request, cannot: "speak to a device" });
    const body = await readBody(request, { maxBytes: MAX_BODY_BYTES });
    if (body instanceof Response) return body;
    try {
      const { text, heardChars, end } = await connections.say(deviceId, textOf(body));
      return Response.json({ deviceId, chars: text.length, heardChars, end });
    } catch (thrown) {
      const { code, message } = EarshotError.from(thrown);
      if (!OF_THE_VOICE.test(code)) throw thrown;
      return plainText(`${message} [${code}]\n`, { status: 502 });
    }
  },
};

function textOf(body: string): string {
  try {
    return asked.parse(JSON.parse(body)).text;
  } catch (cause) {
    const wanted = `{ "text": "..." } with at most ${MAX_CHARS} characters`;
    throw new EarshotError("protocol.invalid_message", `Cannot speak to a device: send ${wanted}`, { cause });
  }
}
