import { deviceBelow } from "./device_below.ts";
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
    const deviceId = deviceBelow(MEMORY_PATH, { request, cannot: "erase a device" });
    if (forget === undefined) return plainText("This gateway keeps nothing\n", { status: 404 });
    return Response.json({ deviceId, erased: await forget(deviceId) });
  },
};
