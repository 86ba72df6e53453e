import { Answerer, type LlmRunner } from "../llm/mod.ts";
import type { AuthParts, VisionParts } from "../server/mod.ts";
import type { Config } from "./config.ts";

/** What looks at photos, and for which devices, where the config names a language model for that. */
export function visionParts(
  { tools: { open, vision } }: Pick<Config, "tools">,
  llms: readonly LlmRunner[],
  auth: AuthParts | undefined,
): VisionParts | undefined {
  const runner = vision && llms.find(({ provider }) => provider.name === vision.llm);
  if (vision === undefined || runner === undefined) return undefined;
  return {
    ...vision,
    answerer: new Answerer([runner]),
    mayUse: ({ deviceId, clientId }) =>
      open || deviceId !== undefined &&
        auth?.devices?.registry.isApproved({ deviceId, clientId: clientId ?? null }) === true,
  };
}
