import { EarshotError } from "../../errors/mod.ts";
import type { HeldPermissions } from "../../executable/mod.ts";
import type { Clock, Scope } from "../../lifecycle/mod.ts";
import type { ServiceBlock } from "../../service/mod.ts";
import type { ToolSource } from "../contract.ts";
import type { ToolServerType } from "./define_tool_server.ts";
import { ToolProcess } from "./process/tool_process.ts";
import { ToolServer, type ToolServerStats } from "./tool_server.ts";
import { TOOL_SERVER_TYPES } from "./types/mod.ts";

/** How long closing all servers may take, the process with the commands included, in ms. */
const CLOSE_MS = 4_500;

/** What the config says of them. */
export interface ToolServersConfig {
  /** The servers by name. */
  readonly servers: Readonly<Record<string, ServiceBlock>>;
  /** Patterns of tools that ask back by voice. */
  readonly destructive: readonly string[];
}

/** Options of {@linkcode openToolServers}. */
export interface OpenToolServersOptions {
  /** Owns the connections and the process. */
  readonly scope: Scope;
  readonly clock: Clock;
  /** Our version, which servers are told. */
  readonly version: string;
  /** Numbers from 0 to below 1, for the waits between tries. Default: `Math.random`. */
  readonly random?: () => number;
}

/** The MCP servers of the config: shared by all sessions, each a source of tools. */
export interface ToolServers {
  readonly sources: readonly ToolSource[];
  /** How each server is, in the order of the config. */
  readonly stats: readonly ToolServerStats[];
  /** The process that runs commands: what it says that it may do; `undefined` where none runs. */
  readonly process: {
    readonly pid: number | undefined;
    /** The processes of the commands, each the head of a group. */
    readonly commandPids: readonly number[];
    readonly restarts: number;
    readonly permissions: HeldPermissions | undefined;
  };
  /** Resolves when the server of this name is up; rejects when the try under way, or the next one, fails. */
  ready(name: string, signal: AbortSignal): Promise<void>;
}

/**
 * Reads the secrets of all servers, and begins to connect to them in the background: nothing waits for a server that is
 * slow, or not there.
 *
 * @throws {EarshotError} `config.secret`, `config.invalid`
 */
export async function openToolServers(
  { servers: blocks, destructive }: ToolServersConfig,
  { scope, clock, version, random }: OpenToolServersOptions,
): Promise<ToolServers> {
  const process = new ToolProcess({ clock, version, env: commandEnvironment(blocks) });
  const servers: ToolServer[] = [];
  for (const [name, block] of Object.entries(blocks)) {
    const { connect, startTimeoutMs } = await typeOf(block).open(block, {
      server: name,
      clock,
      version,
      process: () => process,
    });
    servers.push(
      new ToolServer({
        name,
        connect,
        startTimeoutMs,
        destructive,
        clock,
        ...(random !== undefined && { random }),
      }),
    );
  }
  if (servers.length > 0) {
    // All at once: what the process does about its commands takes no longer for many.
    scope.own("tool servers", async () => {
      await Promise.all([...servers.map((server) => server.close()), process.close()]);
    }, { deadlineMs: CLOSE_MS });
  }
  for (const server of servers) server.start();
  return {
    sources: servers,
    get stats() {
      return servers.map(({ stats }) => stats);
    },
    process,
    ready: (name, signal) => {
      const server = servers.find((server) => server.name === name);
      if (server !== undefined) return server.ready(signal);
      return Promise.reject(new EarshotError("internal", `Cannot wait for ${name}: it is no tool server`));
    },
  };
}

/** The URL that calls of a server go to; `undefined` where they stay on this machine. */
export function toolServerAddress(block: ServiceBlock): string | undefined {
  return typeOf(block).address(block);
}

function typeOf(block: ServiceBlock): ToolServerType {
  const type = TOOL_SERVER_TYPES.find(({ type }) => type === block.type);
  if (type !== undefined) return type;
  throw new EarshotError("internal", `Cannot open a tool server: there is no type ${block.type}`);
}

/** What commands find programs and their own files by; read only where one is configured. */
function commandEnvironment(
  blocks: Readonly<Record<string, ServiceBlock>>,
): Readonly<Record<string, string>> {
  if (!Object.values(blocks).some(({ type }) => type === "stdio")) return {};
  const names = Deno.build.os === "windows"
    ? ["PATH", "PATHEXT", "SYSTEMROOT", "USERPROFILE", "APPDATA", "TEMP"]
    : ["PATH", "HOME"];
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}
