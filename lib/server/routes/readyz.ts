import type { Route } from "./route.ts";

/** Whether a device that connects now is heard. */
export const readyz: Route = {
  path: "/readyz",
  access: "anyone",
  handle(_incoming, { readiness }) {
    const { ready, detail } = readiness();
    return Response.json({ ready, detail }, { status: ready ? 200 : 503 });
  },
};
