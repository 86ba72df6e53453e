import { Answerer, type LlmRunner } from "../llm/mod.ts";
import type { VisionParts } from "../server/mod.ts";
import type { Config } from "./config.ts";

/** What looks at photos, where the config names a language model for that. */
export function visionParts(
  { tools: { vision } }: Pick<Config, "tools">,
  llms: readonly LlmRunner[],
): VisionParts | undefined {
  const runner = vision && llms.find(({ provider }) => provider.name === vision.llm);
  if (vision === undefined || runner === undefined) return undefined;
  return { ...vision, answerer: new Answerer([runner]) };
}
