import { CORS } from "./cors.ts";
import { OTA_PATH, withOtaRequest } from "./ota.ts";
import type { Route } from "./route.ts";

/** Where a device that shows its code asks every few seconds whether somebody has approved it. */
export const activation: Route = {
  path: `${OTA_PATH}activate/`,
  access: "device",
  handle: ({ request }, { gatekeeper }) =>
    withOtaRequest(request, async ({ deviceId = "", clientId }) => {
      const approval = await gatekeeper.approval({ deviceId, clientId: clientId ?? null });
      // Anything but 200 and 202 makes it start over, with a new question and a new code.
      const status = { approved: 200, pending: 202, unknown: 403 }[approval];
      return Response.json({}, { status, headers: CORS });
    }),
};
