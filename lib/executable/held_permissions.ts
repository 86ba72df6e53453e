/** What a process may do: by the name of the permission, `all` of it, or what of it. What it may not do is absent. */
export type HeldPermissions = Readonly<Record<string, "all" | readonly string[]>>;

/** Permissions that Earshot's processes have as a whole or not at all. */
const WHOLE = ["read", "write", "net", "env", "ffi", "import"] as const;
/** What a process may learn of its system, or change in it. */
const SYSTEM = [
  "cpus",
  "getPriority",
  "gid",
  "homedir",
  "hostname",
  "loadavg",
  "networkInterfaces",
  "osRelease",
  "osUptime",
  "setPriority",
  "statfs",
  "systemMemoryInfo",
  "uid",
  "username",
] as const;
/** The programs that the executable names; see `.ci/compile/targets.ts`. */
const PROGRAMS = ["/proc/self/exe", "/bin/cat", "/usr/bin/env"] as const;

/** What this process may do now, by asking Deno. */
export function heldPermissions(): HeldPermissions {
  const held: Record<string, "all" | readonly string[]> = {};
  for (const name of WHOLE) if (isGranted({ name })) held[name] = "all";
  if (isGranted({ name: "sys" })) held["sys"] = "all";
  else {
    const kinds = SYSTEM.filter((kind) => isGranted({ name: "sys", kind }));
    if (kinds.length > 0) held["sys"] = kinds;
  }
  if (isGranted({ name: "run" })) held["run"] = "all";
  else {
    const programs = PROGRAMS.filter((command) => isGranted({ name: "run", command }));
    if (programs.length > 0) held["run"] = programs;
  }
  return held;
}

/** The same in words: `read, net, sys (setPriority)`. */
export function permissionWords(held: HeldPermissions): string {
  const words = Object.entries(held).map(([name, what]) =>
    what === "all" ? name : `${name} (${what.join(", ")})`
  );
  return words.length === 0 ? "nothing" : words.join(", ");
}

function isGranted(permission: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}
