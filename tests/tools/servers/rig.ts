import { type Clock, Scope, systemClock } from "../../../lib/lifecycle/mod.ts";
import {
  type JsonObject,
  openToolServers,
  type ToolResult,
  toolsConfig,
  type ToolServers,
  type ToolSource,
} from "../../../lib/tools/mod.ts";

/** Servers of a config, open. */
export interface ServersRig extends AsyncDisposable {
  readonly servers: ToolServers;
  readonly scope: Scope;
  /** Waits until the server is up. */
  up(name?: string): Promise<ToolSource>;
  /** Calls a tool of a server; gives it up after `ms`. */
  call(tool: string, args?: JsonObject, ms?: number): Promise<ToolResult>;
}

/** Opens servers of a config, the first of which `call` asks. */
export async function openServers(
  servers: Readonly<Record<string, unknown>>,
  { clock = systemClock, destructive = [] }: { readonly clock?: Clock; readonly destructive?: string[] } = {},
): Promise<ServersRig> {
  const scope = new Scope("test", { clock: systemClock });
  const config = toolsConfig.parse({ servers, destructive });
  const open = await openToolServers(config, { scope, clock, version: "test", random: () => 0 });
  const [first = ""] = Object.keys(servers);
  const source = (name: string) => {
    const found = open.sources.find((source) => source.name === name);
    if (found === undefined) throw new Error(`no source ${name}`);
    return found;
  };
  return {
    servers: open,
    scope,
    up: async (name = first) => {
      await open.ready(name, new AbortController().signal);
      return source(name);
    },
    call: async (tool, args = {}, ms = 10_000) => {
      const life = new AbortController();
      const timer = setTimeout(() => life.abort(), ms);
      try {
        return await source(first).call(tool, args, life.signal);
      } finally {
        clearTimeout(timer);
      }
    },
    [Symbol.asyncDispose]: async () => void await scope.close(),
  };
}
