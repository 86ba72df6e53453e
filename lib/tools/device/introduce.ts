import { z } from "zod";
import { EarshotError } from "../../errors/mod.ts";
import type { JsonObject } from "../contract.ts";
import type { DeviceRpc } from "./device_rpc.ts";
import { CALL_MS } from "./read_device_tool.ts";

/** What firmware speaks; it looks at no other. */
const PROTOCOL_VERSION = "2024-11-05";
/** How often a device is asked that does not answer: it may have been busy. */
const TRIES = 3;

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
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      const answer = await rpc.request({ method: "initialize", params, timeoutMs: CALL_MS });
      // One that does not know the word may know the others.
      if (answer.type === "error") return {};
      return { version: initialized.safeParse(answer.result).data?.serverInfo?.version };
    } catch (thrown) {
      if (EarshotError.from(thrown).code !== "tool.timeout") return undefined;
    }
  }
  return undefined;
}
