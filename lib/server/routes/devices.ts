import type { Route } from "./route.ts";

/** The path at which an operator reads who is connected. */
export const DEVICES_PATH = "/devices";

/** Who is connected. */
export const devices: Route = {
  path: DEVICES_PATH,
  access: "operator",
  handle: (_incoming, { connections }) => Response.json({ devices: connections.devices }),
};
