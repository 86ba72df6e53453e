import { z } from "zod";
import { httpUrl } from "../../../net/mod.ts";
import { secretSource } from "../../../secrets/mod.ts";
import { defineToolServer, readTexts, textOrSecret, type ToolServerType } from "../define_tool_server.ts";
import { lazyHttp } from "../lazy_http.ts";

const headerName = z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/, "give the name of an HTTP header");

/** Any MCP server that is reached over streamable HTTP. */
export const http: ToolServerType = defineToolServer({
  type: "http",
  about: "an MCP server over streamable HTTP",
  config: {
    url: httpUrl.describe("its MCP endpoint"),
    token: secretSource.optional().describe("what it is shown as Authorization: Bearer"),
    headers: z.record(headerName, textOrSecret).default({}).describe("further headers of every request"),
  },
  remote: true,
  startTimeoutMs: 15_000,
  open: async ({ url, token, headers }, { secret, ...context }) => {
    const bearer = token && await secret("token", token);
    const own = await readTexts("headers", headers, secret);
    return lazyHttp({
      ...context,
      url,
      headers: { ...own, ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }) },
    });
  },
});
