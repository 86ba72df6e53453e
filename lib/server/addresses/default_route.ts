import { readProcSync } from "../../telemetry/mod.ts";

/** The flag of a route that is in use. */
const UP = 1;

let found: { readonly name: string | undefined } | undefined;

/** The interface of the default route; `undefined` where there is none or the system does not say. Asked once. */
export function defaultInterface(): string | undefined {
  found ??= { name: read() };
  return found.name;
}

/** The interface of the default route with the lowest metric, in the text of `/proc/net/route`. */
export function parseRoutes(text: string): string | undefined {
  const routes = text.split("\n").slice(1).map((line) => line.trim().split(/\s+/));
  const defaults = routes.flatMap(([name, to, , flags = "0", , , metric = "0", mask]) =>
    to === "00000000" && mask === "00000000" && (Number.parseInt(flags, 16) & UP) !== 0
      ? [{ name, metric: Number(metric) }]
      : []
  );
  return defaults.sort((a, b) => a.metric - b.metric)[0]?.name;
}

function read(): string | undefined {
  if (Deno.build.os !== "linux") return undefined;
  try {
    return parseRoutes(readProcSync("/proc/net/route"));
  } catch {
    return undefined; // not permitted
  }
}
