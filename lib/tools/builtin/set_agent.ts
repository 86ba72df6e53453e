import { type BuiltinTool, textOf } from "./tool_source.ts";

/** Has one of these agents answer from the next turn on, until the connection ends. */
export function setAgent(agents: readonly [string, ...string[]]): BuiltinTool {
  return {
    tool: {
      name: "set_agent",
      title: "Change the agent",
      description:
        "Has another agent take over the conversation. Call it when the user asks for one of them.",
      parameters: {
        type: "object",
        properties: { agent: { type: "string", enum: agents, description: "the agent that takes over" } },
        required: ["agent"],
        additionalProperties: false,
      },
      kind: "act",
      audience: "everyone",
      approvedOnly: false,
    },
    call: (args) => {
      const agent = textOf(args, "agent");
      if (agent === undefined || !agents.includes(agent)) {
        return { text: `There is no such agent. There is: ${agents.join(", ")}.`, failed: true };
      }
      return {
        text: `${agent} answers from the next question on. Tell the user so in one short sentence.`,
        effect: { type: "agent", agent },
      };
    },
  };
}
