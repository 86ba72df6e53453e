/** What a command may do; Deno's own names. */
export type Permission = "read" | "write" | "net" | "env" | "sys" | "run";

/** All there are. Native code runs in the engine's process only, and code is never fetched while it runs. */
const ALL = ["read", "write", "net", "env", "sys", "run", "ffi", "import"] as const;

/**
 * Gives up every permission but these, for good: whatever takes the process over can do no more than the command
 * ever had to. What was never given stays that way.
 */
export async function keepOnly(permissions: readonly Permission[]): Promise<void> {
  const kept = new Set<string>(permissions);
  // The executable may run what runs anything: for the process of tool servers, and for no other.
  await Deno.permissions.revoke({ name: "run", command: "/usr/bin/env" });
  for (const name of ALL) if (!kept.has(name)) await Deno.permissions.revoke({ name });
}

/** What the gateway keeps while it serves: nothing of the environment, once config and secrets are read. */
export function keepServing(): Promise<void> {
  return keepOnly(["read", "write", "net", "sys", "run"]);
}
