/**
 * The command line: one file per command.
 *
 * @module
 */
import { Command, CommanderError } from "commander";
import { EarshotError, EXIT } from "../errors/mod.ts";
import { defineCommand, printError, reportFailure } from "./command.ts";
import { demo } from "./demo.ts";
import { device } from "./device.ts";
import { devicesCommand } from "./devices.ts";
import { modelsCommand } from "./models.ts";
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
    .helpCommand("help [command]", "show the help of a command")
    .helpOption("-h, --help", "show this help")
    .showSuggestionAfterError();
  program.addCommand(defineCommand(serve, onExit));
  program.addCommand(defineCommand(transcribe, onExit));
  program.addCommand(defineCommand(device, onExit));
  program.addCommand(modelsCommand(onExit));
  program.addCommand(devicesCommand(onExit));
  program.addCommand(defineCommand(token, onExit));
  program.addCommand(defineCommand(demo, onExit));
  program.addCommand(defineCommand(verify, onExit));
  program.addCommand(defineCommand(version, onExit));
  takeOver(program);
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (thrown) {
    const output = createOutput({ json: args.includes("--json") });
    if (!(thrown instanceof CommanderError)) return reportFailure(thrown, output);
    if (thrown.exitCode === 0) return EXIT.ok;
    // The parser has told the person; a program that asked for objects gets one as well.
    if (output.json) printError(new EarshotError("cli.usage", thrown.message), output);
    return EXIT.usage;
  }
  return exitCode;
}

/** Commander ends the process and writes by itself unless every command is told not to. */
function takeOver(command: Command): void {
  command.exitOverride().configureOutput({ writeOut: print, writeErr: tell });
  for (const child of command.commands) takeOver(child);
}
