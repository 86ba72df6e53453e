import { type LlmCapabilities, llmCapabilitiesOf, withBuiltInLlm } from "../llm/mod.ts";
import type { ServiceBlock } from "../service/mod.ts";
import type { Config } from "./config.ts";
import type { ConfigFault } from "./sherpa_faults.ts";

/** What is wrong with the language model that shall look at photos: there is none of its name, or it sees nothing. */
export function visionFaults(
  { llm, tools: { vision } }: Pick<Config, "llm" | "tools">,
  capabilitiesOf: (block: ServiceBlock) => LlmCapabilities = llmCapabilitiesOf,
): readonly ConfigFault[] {
  if (vision === undefined) return [];
  const path = ["tools", "vision", "llm"];
  const models = withBuiltInLlm(llm);
  const block = models[vision.llm];
  if (block === undefined) {
    const seeing = Object.keys(models).filter((name) => models[name] && isEye(models[name], capabilitiesOf));
    const right = seeing.length === 0
      ? "add one that sees images"
      : `give one that sees images: ${seeing.join(", ")}`;
    return [{ path, message: `there is no language model ${vision.llm} in llm; ${right}` }];
  }
  if (isEye(block, capabilitiesOf)) return [];
  const message =
    `${vision.llm} is not known to see images: give a language model that does, or vision: true in its ` +
    "block where its type has that key and its model does";
  return [{ path, message }];
}

/** Whether one sees; one that keeps the history of a device would take a photo for the beginning of a new one. */
function isEye(block: ServiceBlock, capabilitiesOf: (block: ServiceBlock) => LlmCapabilities): boolean {
  const { vision = false, stateless } = capabilitiesOf(block);
  return vision && stateless;
}
