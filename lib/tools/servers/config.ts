import { type ServiceBlock, servicesConfig } from "../../service/mod.ts";
import { z } from "zod";
import { TOOL_SERVER_TYPES } from "./types/mod.ts";

/** Names of sources that are always there; a server of such a name could not be told from them. */
const RESERVED = ["builtin", "device", "requests", "music", "vision", "memory"];

/** The `tools.servers` section of the config: MCP servers by name. */
export const toolServersConfig: z.ZodType<
  Readonly<Record<string, ServiceBlock>>,
  Readonly<Record<string, unknown>>
> = servicesConfig(TOOL_SERVER_TYPES).superRefine((servers, { addIssue }) => {
  for (const name of RESERVED) {
    if (Object.hasOwn(servers, name)) {
      addIssue({
        code: "custom",
        path: [name],
        message: `give it another name: ${name} is what agents.NAME.tools calls tools of Earshot itself`,
      });
    }
  }
});
