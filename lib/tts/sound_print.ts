import { createHash } from "node:crypto";
import { secretSource } from "../secrets/mod.ts";
import type { ServiceBlock } from "../service/mod.ts";
import { ttsKeys } from "./service_keys.ts";

/** Keys that change nothing of the sound. */
const SILENT_KEYS: ReadonlySet<string> = new Set([...Object.keys(ttsKeys), "tls"]);

/** What tells how a voice sounds: its name and every setting that may change it, without secrets; a hash in hex. */
export function soundPrint(name: string, block: ServiceBlock): string {
  const settings = Object.entries(block)
    .filter(([key, value]) =>
      value !== undefined && !SILENT_KEYS.has(key) && !secretSource.safeParse(value).success
    )
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash("sha256").update(JSON.stringify([name, settings])).digest("hex").slice(0, 32);
}
