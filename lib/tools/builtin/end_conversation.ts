import { type BuiltinTool, textOf } from "./tool_source.ts";

/** The longest goodbye, in UTF-16 units. */
const MAX_GOODBYE_CHARS = 200;

/** Ends the conversation once the goodbye is spoken. */
export function endConversation(): BuiltinTool {
  return {
    tool: {
      name: "end_conversation",
      title: "End the conversation",
      description:
        "Ends the conversation. Call it when the user says goodbye or wants to stop talking, and only then.",
      parameters: {
        type: "object",
        properties: {
          say_goodbye: {
            type: "string",
            maxLength: MAX_GOODBYE_CHARS,
            description: "the goodbye that you are going to say",
          },
        },
        required: [],
        additionalProperties: false,
      },
      kind: "act",
      audience: "everyone",
      approvedOnly: false,
    },
    call: (args) => {
      const goodbye = textOf(args, "say_goodbye")?.slice(0, MAX_GOODBYE_CHARS).toWellFormed();
      return {
        text: goodbye === undefined
          ? "The conversation ends once you have spoken. Say goodbye in one short sentence."
          : `The conversation ends once you have spoken. Say goodbye in one short sentence: ${goodbye}`,
        effect: { type: "end" },
      };
    },
  };
}
