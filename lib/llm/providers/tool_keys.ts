import { z } from "zod";

/** What the block of a model that can be offered tools says of them. */
export const toolKeys = {
  tools: z.enum(["auto", "off"]).default("auto").describe(
    "whether the model is offered the agent's tools; auto does so unless the server refuses them",
  ),
};

/** Whether a model sees images; its default is the provider's. */
export const visionKey = z.boolean().describe(
  "whether the model sees images, such as photos of a device's camera",
);

/** Says that tools of the service's own, which `extra` can add, and the agent's do not go together. */
export function checkExtraTools(
  { extra, tools }: { readonly extra: Readonly<Record<string, unknown>>; readonly tools: "auto" | "off" },
  problem: (key: string, message: string) => void,
): void {
  if (tools === "auto" && "tools" in extra) {
    problem("extra", "tools of the service's own are instead of the agent's: say tools: off as well");
  }
}
