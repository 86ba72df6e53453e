import { EarshotError } from "../../errors/mod.ts";
import type { Route } from "./route.ts";

/** Whether the process answers, and for operators what it holds. */
export const healthz: Route = {
  path: "/healthz",
  access: "anyone",
  handle(incoming, { gatekeeper, health }) {
    let details = {};
    try {
      gatekeeper.authorizeOperator(incoming.request, incoming);
      details = health();
    } catch (thrown) {
      // Who shows no token asks for no details.
      const { code } = EarshotError.from(thrown);
      if (code !== "auth.admin" || incoming.request.headers.has("authorization")) throw thrown;
    }
    return Response.json({ status: "ok", ...details });
  },
};
