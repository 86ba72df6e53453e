import { z } from "zod";
import { askGateway, callOnDevice, readSetup, toolsOfDevice } from "../app/mod.ts";
import { EarshotError, EXIT } from "../errors/mod.ts";
import type { CommandSpec } from "./command.ts";
import { deviceOf } from "./device_named.ts";
import { sayWarnings, SETUP_FLAGS, setupOptions } from "./setup.ts";

const toolsOptions = setupOptions.extend({
  device: z.string().min(1, "give the device's name or id").optional(),
  call: z.string().min(1, "give the name of a tool").optional(),
  arguments: z.string().min(1, "give a JSON object").optional(),
});

/** `earshot tools` */
export const tools: CommandSpec<typeof toolsOptions> = {
  usage: "tools",
  summary: "list what the agent of a connected device may call, or try a tool there",
  examples: [
    "earshot tools",
    "earshot tools --device Kitchen",
    'earshot tools --device Kitchen --call change_volume --arguments \'{"direction":"up"}\'',
  ],
  flags: [
    ...SETUP_FLAGS,
    [
      "--device <device>",
      "a connected device, by its name in the config or its id; the only one unless told",
    ],
    ["--call <tool>", "call this tool, by its name or SOURCE.TOOL, also one that no language model may call"],
    ["--arguments <json>", "its arguments, as a JSON object"],
  ],
  permissions: ["read", "net", "env"],
  options: toolsOptions,
  async run({ options, output, signal }) {
    const setup = await readSetup(options);
    const { data } = setup;
    sayWarnings(setup, output);
    if (options.arguments !== undefined && options.call === undefined) {
      throw new EarshotError("cli.usage", "Cannot use --arguments: give the tool with --call");
    }
    const deviceId = options.device === undefined
      ? await onlyDevice(data, signal)
      : deviceOf(options.device, setup.config);
    const question = { data, deviceId, signal };
    if (options.call !== undefined) {
      const call = { name: options.call, arguments: options.arguments ?? "{}" };
      const { text, failed = false } = await callOnDevice(question, call);
      output.result({ type: "called", deviceId, tool: call.name, failed, text }, text);
      return failed ? EXIT.failed : EXIT.ok;
    }
    const { agent, tools } = await toolsOfDevice(question);
    output.say(`${deviceId}: agent ${agent}`);
    for (const tool of tools) {
      const may = tool.modelName === null
        ? "not for its language model"
        : tool.asksBack
        ? `${tool.kind}, asks back`
        : tool.kind;
      const [line = ""] = tool.description.split("\n");
      output.result(
        { type: "tool", deviceId, agent, ...tool },
        `${tool.source}.${tool.name} (${may})\n    ${line}`,
      );
    }
    if (tools.length === 0) output.say("there is none: see tools in the config, and agents.NAME.tools");
    return EXIT.ok;
  },
};

async function onlyDevice(data: string, signal: AbortSignal): Promise<string> {
  const answer = await askGateway(data, signal);
  const failed = (state: string) => new EarshotError("device.not_connected", `Cannot list tools: ${state}`);
  if (answer.type === "no_answer") throw failed(`the gateway (process ${answer.pid}) does not answer`);
  if (answer.type === "not_running") {
    throw failed(`no gateway runs with ${data}; start it with \`earshot serve\``);
  }
  const ids = [...new Set(answer.devices.flatMap(({ deviceId }) => deviceId ?? []))];
  const [only] = ids;
  if (only === undefined) throw failed("no device is connected");
  if (ids.length > 1) throw failed(`give one of these with --device: ${ids.join(", ")}`);
  return only;
}
