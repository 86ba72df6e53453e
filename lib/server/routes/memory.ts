import { EarshotError } from "../../errors/mod.ts";
import { plainText, type Route } from "./route.ts";

/** Below this path an operator erases what is kept of a device: `DELETE /memory/ID`. */
export const MEMORY_PATH = "/memory/";

/**
 * Erases what is kept of a device, what is not on the disk yet included, which nobody but this process can. Only with
 * a token: to be on this machine is not enough to take away what others have said.
 */
export const memory: Route = {
  path: MEMORY_PATH,
  methods: ["DELETE"],
  access: "token",
  async handle({ request }, { forget }) {
    const deviceId = deviceOf(new URL(request.url).pathname.slice(MEMORY_PATH.length));
    if (forget === undefined) return plainText("This gateway keeps nothing\n", { status: 404 });
    return Response.json({ deviceId, erased: await forget(deviceId) });
  },
};

function deviceOf(part: string): string {
  try {
    const deviceId = decodeURIComponent(part);
    if (deviceId !== "") return deviceId;
  } catch {
    // It is told below.
  }
  throw new EarshotError(
    "protocol.invalid_message",
    `Cannot erase a device: give its id below ${MEMORY_PATH}`,
  );
}
