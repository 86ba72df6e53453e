import { EngineClient } from "../engine/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import { type HeldPermissions, heldPermissions } from "../executable/mod.ts";
import { raceSignal, type Scope, systemClock } from "../lifecycle/mod.ts";
import { ToolProcess } from "../tools/mod.ts";
import type { Config } from "./config.ts";
import { VERSION } from "./version.ts";

/** What a process is, and what it says that it may do. */
export interface ProcessPermissions {
  readonly process: "gateway" | "engine" | "tool-servers";
  readonly permissions: HeldPermissions;
}

/**
 * Asks each kind of process that a gateway is made of what it may do: this one, which has given up what a gateway gives up,
 * and the two that it starts, each of which has been set up and has given up the rest.
 *
 * @throws {EarshotError} `engine.*`, `tool.unavailable`
 */
export async function askPermissions(
  { engine }: Pick<Config, "engine">,
  { scope, signal }: { readonly scope: Scope; readonly signal: AbortSignal },
): Promise<readonly ProcessPermissions[]> {
  const client = new EngineClient({ runtime: engine.runtime, recognitionWorkers: 1, models: {} });
  scope.own("engine", () => client.close(), { deadlineMs: 4_000 });
  const tools = new ToolProcess({ clock: systemClock, version: VERSION, env: {} });
  scope.own("process of tool servers", () => tools.close(), { deadlineMs: 4_000 });
  await raceSignal(Promise.all([client.start(), tools.start()]), signal);
  return [
    { process: "gateway", permissions: heldPermissions() },
    { process: "engine", permissions: told("engine", client.stats.permissions) },
    { process: "tool-servers", permissions: told("tool-servers", tools.permissions) },
  ];
}

function told(process: string, permissions: HeldPermissions | undefined): HeldPermissions {
  if (permissions !== undefined) return permissions;
  throw new EarshotError("internal", `Cannot say what ${process} may do: it did not tell`);
}
