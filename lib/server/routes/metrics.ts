import type { Route } from "./route.ts";

/** What Prometheus reads. */
export const metrics: Route = {
  path: "/metrics",
  access: "operator",
  handle: async (_incoming, { metrics }) =>
    new Response(await metrics.text(), { headers: { "content-type": metrics.contentType } }),
};
