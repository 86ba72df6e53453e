/**
 * The command line: one file per command.
 *
 * @module
 */
import { Command, CommanderError } from "commander";
import { EarshotError, EXIT } from "../errors/mod.ts";
import { check } from "./check.ts";
import { configCommand } from "./config.ts";
import { defineCommand, JSON_FLAG, reportFailure } from "./command.ts";
import { demo } from "./demo.ts";
import { device } from "./device.ts";
import { devicesCommand } from "./devices.ts";
import { load } from "./load.ts";
import { modelsCommand } from "./models.ts";
import { licenses } from "./licenses.ts";
import { createOutput, print, tell } from "./output.ts";
import { serve } from "./serve.ts";
import { token } from "./token.ts";
import { transcribe } from "./transcribe.ts";
import { verify } from "./verify.ts";
import { version, versionText } from "./version.ts";

/** Runs one command line and resolves with the exit code; never rejects. */
export async function runCli(args: readonly string[]): Promise<number> {
  // The engine's stdin and stdout carry frames, so nothing of the command line may touch them.
  if (args[0] === "engine") {
    const { runEngine } = await import("../app/engine_process.ts");
    return await runEngine();
  }
  let exitCode: number = EXIT.ok;
  const onExit = (code: number) => exitCode = code;
  const program = new Command("earshot")
    .description("A voice gateway for a local network: speech goes in, words come out.")
    .version(versionText(), "-V, --version", "print the version")
    .option(...JSON_FLAG)
    .helpCommand("help [command]", "show the help of a command")
    .helpOption("-h, --help", "show this help")
    .showSuggestionAfterError();
  program.addCommand(defineCommand(serve, onExit));
  program.addCommand(defineCommand(check, onExit));
  program.addCommand(defineCommand(transcribe, onExit));
  program.addCommand(defineCommand(device, onExit));
  program.addCommand(defineCommand(load, onExit));
  program.addCommand(modelsCommand(onExit));
  program.addCommand(devicesCommand(onExit));
  program.addCommand(configCommand(onExit));
  program.addCommand(defineCommand(token, onExit));
  program.addCommand(defineCommand(demo, onExit));
  program.addCommand(defineCommand(verify, onExit));
  program.addCommand(defineCommand(licenses, onExit));
  program.addCommand(defineCommand(version, onExit));
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
  command.exitOverride().configureOutput({ writeOut: print, writeErr: tell, outputError: () => {} });
  for (const child of command.commands) takeOver(child);
}
