import type { AgentFault } from "../agents/mod.ts";
import { nearestName } from "../models/mod.ts";
import { matchesTool } from "../tools/mod.ts";
import type { Config } from "./config.ts";

/** Sources of tools that have their name from Earshot, whether or not they have any tool here. */
const OWN = ["builtin", "device", "music", "requests"];

/**
 * What is wrong between lists of tools and where tools come from: a list that names no source, and MCP servers whose names
 * differ in case alone, so that one is easily taken for the other.
 */
export function toolFaults({ agents, tools }: Pick<Config, "agents" | "tools">): readonly AgentFault[] {
  const servers = Object.keys(tools.servers);
  const sources = [...OWN, ...servers];
  const lists = [
    ...Object.entries(agents).map(([name, { tools = [] }]) => ({
      path: ["agents", name, "tools"],
      patterns: tools,
    })),
    { path: ["tools", "destructive"], patterns: tools.destructive },
  ];
  return [
    ...servers.flatMap((name, place) => {
      const other = servers.slice(0, place).find((one) => one.toLowerCase() === name.toLowerCase());
      if (other === undefined) return [];
      const message = `${other} and ${name} differ in case alone: give one of them another name`;
      return [{ path: ["tools", "servers", name], message }];
    }),
    ...lists.flatMap(({ path, patterns }) =>
      patterns.flatMap((pattern, place) => {
        const [named = ""] = pattern.split(".", 1);
        if (sources.some((source) => matchesTool(named, source, ""))) return [];
        const nearest = nearestName(named, sources);
        const meant = nearest === undefined ? "" : `; did you mean ${nearest}?`;
        const message = `no tools come from ${named}; there are: ${sources.join(", ")}${meant}`;
        return [{ path: [...path, place], message }];
      })
    ),
  ];
}

/** What of tools will not work and is no reason not to start, in words. */
export function toolWarnings({ tools: { music } }: Pick<Config, "tools">): readonly string[] {
  return music === undefined || isFolder(music.folder)
    ? []
    : [`tools.music.folder is ${music.folder}, which is no folder that can be read: no music is played`];
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
