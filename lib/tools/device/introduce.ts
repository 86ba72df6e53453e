import { z } from "zod";
import type { JsonObject } from "../contract.ts";
import type { DeviceRpc } from "./device_rpc.ts";
import { CAMERA_MS } from "./read_device_tool.ts";

/** What firmware speaks; it looks at no other. */
const PROTOCOL_VERSION = "2024-11-05";
/** How long a device may be busy before it answers, in ms: nothing takes longer than its camera. */
const INITIALIZE_MS = CAMERA_MS;

const initialized = z.object({
  serverInfo: z.object({ version: z.string().max(128).optional().catch(undefined) }).optional().catch(
    undefined,
  ),
});

/**
 * Introduces both sides. Gives what the device says of itself, which may be nothing; `undefined` for a device that does not
 * answer. Never rejects.
 */
export async function introduce(
  rpc: DeviceRpc,
  vision: { readonly url: string; readonly token: string } | undefined,
): Promise<{ readonly version?: string | undefined } | undefined> {
  const params: JsonObject = {
    protocolVersion: PROTOCOL_VERSION,
    capabilities: vision === undefined ? {} : { vision: { url: vision.url, token: vision.token } },
    clientInfo: { name: "earshot", version: "1" },
  };
  try {
    const answer = await rpc.request({ method: "initialize", params, timeoutMs: INITIALIZE_MS });
    // One that does not know the word may know the others.
    if (answer.type === "error") return {};
    return { version: initialized.safeParse(answer.result).data?.serverInfo?.version };
  } catch {
    return undefined; // it has left, or says nothing
  }
}
