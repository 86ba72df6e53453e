/**
 * The command line: one file per command.
 *
 * @module
 */
import { Command, CommanderError } from "commander";
import { EarshotError, EXIT } from "../errors/mod.ts";
import { chat } from "./chat.ts";
import { check } from "./check.ts";
import { configCommand } from "./config.ts";
import { defineCommand, JSON_FLAG, reportFailure } from "./command.ts";
import { demo } from "./demo.ts";
import { device } from "./device.ts";
import { devicesCommand } from "./devices.ts";
import { load } from "./load.ts";
import { memoryCommand } from "./memory.ts";
import { modelsCommand } from "./models.ts";
import { licenses } from "./licenses.ts";
import { createOutput, print, tell } from "./output.ts";
import { permissions } from "./process_permissions.ts";
import { say } from "./say.ts";
import { serve } from "./serve.ts";
import { token } from "./token.ts";
import { transcribe } from "./transcribe.ts";
import { verify } from "./verify.ts";
import { tools } from "./tools.ts";
import { voices } from "./voices.ts";
import { version, versionText } from "./version.ts";

/** Below the list of commands. */
const FIRST_STEPS = `
First steps:
  earshot demo                   see it work, without a device
  earshot serve                  start the gateway; it prints the URL to type into a device
  earshot COMMAND --help         options and examples of a command`;

/** Runs one command line and resolves with the exit code; never rejects. */
export async function runCli(args: readonly string[]): Promise<number> {
  // The engine's stdin and stdout carry frames, so nothing of the command line may touch them.
  if (args[0] === "engine") {
    const { runEngine } = await import("../app/engine_process.ts");
    return await runEngine();
  }
  if (args[0] === "tool-servers") {
    const { runToolServers } = await import("../app/tool_servers_process.ts");
    return await runToolServers();
  }
  let exitCode: number = EXIT.ok;
  const onExit = (code: number) => exitCode = code;
  const program = new Command("earshot")
    .description("A voice gateway for a local network: speech goes in, an answer comes out.")
    .version(versionText(), "-V, --version", "print the version")
    .option(...JSON_FLAG)
    .addHelpText("after", FIRST_STEPS)
    .commandsGroup("About this program:")
    .showSuggestionAfterError();
  const group = (heading: string, commands: readonly Command[]) => {
    for (const command of commands) program.addCommand(command.helpGroup(heading));
  };
  group("Run the gateway:", [defineCommand(serve, onExit), defineCommand(check, onExit)]);
  group("Its devices and settings:", [
    devicesCommand(onExit),
    defineCommand(token, onExit),
    memoryCommand(onExit),
    configCommand(onExit),
    modelsCommand(onExit),
  ]);
  group("Try it:", [
    defineCommand(demo, onExit),
    defineCommand(chat, onExit),
    defineCommand(say, onExit),
    defineCommand(tools, onExit),
    defineCommand(voices, onExit),
    defineCommand(transcribe, onExit),
    defineCommand(device, onExit),
    defineCommand(load, onExit),
    defineCommand(verify, onExit),
    defineCommand(permissions, onExit),
  ]);
  program.addCommand(defineCommand(version, onExit)).addCommand(defineCommand(licenses, onExit));
  takeOver(program);
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (thrown) {
    const output = createOutput({ json: asksForJson(args) });
    if (!(thrown instanceof CommanderError)) return reportFailure(thrown, output);
    if (thrown.exitCode === 0) return EXIT.ok;
    // Who says nothing at all is shown the help, and that is it.
    return args.length === 0 ? EXIT.usage : reportFailure(usageError(thrown, args), output);
  }
  return exitCode;
}

/** Whether objects are asked for, also where the rest cannot be parsed; behind `--` stand files. */
function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args.slice(0, end < 0 ? args.length : end).includes("--json");
}

/** What the parser found wrong, in one line. */
function usageError({ code, message }: CommanderError, args: readonly string[]): EarshotError {
  const state = code === "commander.help"
    ? "it names no command that there is"
    : message.replace(/^error: /, "").replaceAll("\n", " ");
  const file = code === "commander.unknownOption" ? args.find((arg) => /^-.*\.\w+$/.test(arg)) : undefined;
  const remedy = file === undefined ? "" : `; if it is a file: ./${file}`;
  return new EarshotError("cli.usage", `Cannot use this command line: ${state}${remedy}`);
}

/** Commander ends the process, writes and tells its errors by itself unless every command is told not to. */
function takeOver(command: Command): void {
  command.helpOption("-h, --help", "show this help");
  if (command.commands.length > 0) command.helpCommand("help [command]", "show the help of a command");
  command.exitOverride().configureOutput({ writeOut: print, writeErr: tell, outputError: () => {} });
  for (const child of command.commands) takeOver(child);
}
