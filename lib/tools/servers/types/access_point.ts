import { loadSockets, webSocketUrl } from "../../../net/mod.ts";
import { secretSource } from "../../../secrets/mod.ts";
import { connectAccessPoint } from "../access_point.ts";
import { defineToolServer, type ToolServerType } from "../define_tool_server.ts";

/** A MCP access point of the xiaozhi world. */
export const accessPoint: ToolServerType = defineToolServer({
  type: "accessPoint",
  about:
    "a xiaozhi MCP access point (mcp-endpoint-server), where programs that have tools meet who calls them",
  config: {
    url: webSocketUrl.describe("as its page shows it: ws://HOST:8004/mcp_endpoint/mcp/?token=..."),
    token: secretSource.optional().describe("its token, where the url does not have it"),
  },
  remote: true,
  startTimeoutMs: 15_000,
  open: async ({ url, token }, { secret, server, clock, trust, version }) => {
    // Its first load reads the environment.
    await loadSockets();
    const endpoint = callUrl(url);
    if (token !== undefined) endpoint.searchParams.set("token", await secret("token", token));
    return connectAccessPoint({ server, clock, trust, version, url: endpoint.href });
  },
});

/** Programs with tools join at `/mcp/`, who calls them at `/call/`. */
function callUrl(url: string): URL {
  const endpoint = new URL(url);
  endpoint.pathname = endpoint.pathname.replace(/\/mcp\/?$/, "/call/");
  return endpoint;
}
