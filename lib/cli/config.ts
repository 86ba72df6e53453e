import { Command } from "commander";
import { resetConfig } from "../app/mod.ts";
import { EXIT } from "../errors/mod.ts";
import { type CommandSpec, defineCommand } from "./command.ts";
import { SETUP_FLAGS, setupOptions } from "./setup.ts";

const reset: CommandSpec<typeof setupOptions> = {
  usage: "reset <key>",
  summary: "take a key out of the config that Earshot wrote, so that config.yaml counts again",
  examples: [
    "earshot config reset agents.default.language",
    "earshot config reset devices.02:00:00:aa:bb:cc",
  ],
  flags: SETUP_FLAGS,
  permissions: ["read", "write", "env"],
  options: setupOptions,
  async run({ options, args: [key = ""], output }) {
    const path = await resetConfig(options, key);
    output.result(
      { type: "reset", key, path },
      `reset: ${key}; restart a running gateway to use it`,
    );
    return EXIT.ok;
  },
};

/** `earshot config reset` */
export function configCommand(onExit: (code: number) => void): Command {
  return new Command("config")
    .description("undo a setting that Earshot wrote, as `devices set` does")
    .addCommand(defineCommand(reset, onExit));
}
