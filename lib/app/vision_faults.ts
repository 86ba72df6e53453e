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
    const message = `there is no language model ${vision.llm} in llm; give one that sees images, of ${
      Object.keys(models).join(", ")
    }`;
    return [{ path, message }];
  }
  // One that keeps the history of a device would take the photo for the beginning of a new one.
  const { vision: sees = false, stateless } = capabilitiesOf(block);
  if (sees && stateless) return [];
  const message =
    `${vision.llm} is not known to see images: give a language model that does, or vision: true in its ` +
    "block where its type has that key and its model does";
  return [{ path, message }];
}
