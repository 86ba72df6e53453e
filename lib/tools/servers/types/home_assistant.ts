import { httpUrl } from "../../../net/mod.ts";
import { secretSource } from "../../../secrets/mod.ts";
import { defineToolServer, type ToolServerType } from "../define_tool_server.ts";
import { lazyHttp } from "../lazy_http.ts";

const PATH = "/api/mcp";

/** Home Assistant, by its own MCP server: what it exposes to Assist. */
export const homeAssistant: ToolServerType = defineToolServer({
  type: "homeAssistant",
  about: "Home Assistant's MCP server: the devices that are exposed to Assist",
  config: {
    url: httpUrl.default("http://homeassistant.local:8123").describe(
      "where Home Assistant runs, its integration Model Context Protocol Server added",
    ),
    token: secretSource.describe("a long-lived access token of one of its users"),
  },
  remote: true,
  startTimeoutMs: 15_000,
  open: async ({ url, token }, { secret, ...context }) =>
    lazyHttp({
      ...context,
      url: endpointOf(url),
      headers: { authorization: `Bearer ${await secret("token", token)}` },
    }),
});

/** Its endpoint, whether or not the URL names it already. */
function endpointOf(url: string): string {
  const endpoint = new URL(url);
  const path = endpoint.pathname.replace(/\/+$/, "");
  if (!path.endsWith(PATH)) endpoint.pathname = `${path}${PATH}`;
  return endpoint.href;
}
