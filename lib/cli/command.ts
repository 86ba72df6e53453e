import { Command } from "commander";
import { z } from "zod";
import { EarshotError, EXIT } from "../errors/mod.ts";
import { createOutput, type Output } from "./output.ts";
import { keepOnly, type Permission } from "./permissions.ts";
import { interruption } from "./signals.ts";

/** What a command's action gets. */
export interface Invocation<Options> {
  /** Its options, checked. */
  readonly options: Options;
  /** Its arguments. */
  readonly args: readonly string[];
  /** Where it writes. */
  readonly output: Output;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
}

/** What a command is made of. */
export interface CommandSpec<Schema extends z.ZodObject> {
  /** The word on the command line, with its arguments in commander's notation. */
  readonly usage: string;
  /** One line for `--help`. */
  readonly summary: string;
  /** Examples, below the options in its own `--help`. */
  readonly examples: readonly string[];
  /** Flags in commander's notation with a line each. */
  readonly flags: readonly (readonly [flags: string, description: string])[];
  /** What it may do; the rest is given up before it begins. */
  readonly permissions: readonly Permission[];
  /** The shape of the options that these flags give. */
  readonly options: Schema;
  /** Does the work and gives the exit code. */
  readonly run: (invocation: Invocation<z.output<Schema>>) => Promise<number>;
}

/** Asks for results that a program reads; before or behind the command. */
export const JSON_FLAG = ["--json", "print one JSON object a line on stdout"] as const;

/** Makes a command whose errors are told in words with a remedy and end in a named exit code. */
export function defineCommand<Schema extends z.ZodObject>(
  spec: CommandSpec<Schema>,
  onExit: (code: number) => void,
): Command {
  const [name = "", ...parameters] = spec.usage.split(" ");
  const command = new Command(name).summary(spec.summary).description(spec.summary);
  for (const parameter of parameters) command.argument(parameter);
  for (const [flags, description] of spec.flags) command.option(flags, description);
  command.option(...JSON_FLAG);
  command.addHelpText("after", `\nExamples:\n${spec.examples.map((line) => `  ${line}`).join("\n")}`);
  command.action(async () => {
    const { json: _, ...flags } = command.opts();
    // It may stand before the command as well; then the parser keeps it there.
    const output = createOutput({ json: command.optsWithGlobals()["json"] === true });
    using interrupted = interruption();
    try {
      const options = readOptions(spec.options, flags);
      const { signal } = interrupted;
      await keepOnly(spec.permissions);
      onExit(await spec.run({ options, args: command.args, output, signal }));
    } catch (thrown) {
      const unread = output.closed.aborted && EarshotError.from(thrown).code === "canceled";
      onExit(unread ? EXIT.closedPipe : reportFailure(thrown, output));
    }
  });
  return command;
}

/** Says what went wrong, with the file where it is about one of several, and what to do; gives the exit code. */
export function reportFailure(thrown: unknown, output: Output, file?: string): number {
  const error = EarshotError.from(thrown);
  const { remedy, exitCode } = error.entry;
  if (error.code === "canceled") return EXIT.interrupted;
  if (output.json && error.code !== "cli.unwritable") printError(error, output, file);
  output.say(`earshot: ${error.message}`);
  output.say(`         ${remedy} [${error.code}]`);
  if (error.code === "internal" && error.cause instanceof Error) output.say(error.cause.stack ?? "");
  return exitCode;
}

/** Prints the object of an error; where that cannot be, it is said, and the error's own exit code holds. */
function printError(error: EarshotError, output: Output, file: string | undefined): void {
  const { code, message, retryable, entry: { remedy } } = error;
  try {
    output.result({ type: "error", ...(file !== undefined && { file }), code, message, remedy, retryable });
  } catch (thrown) {
    output.say(`earshot: ${EarshotError.from(thrown).message}`);
  }
}

function readOptions<Schema extends z.ZodObject>(schema: Schema, flags: unknown): z.output<Schema> {
  const parsed = schema.safeParse(flags);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const flag = String(issue?.path[0] ?? "").replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new EarshotError("cli.usage", `Cannot use --${flag}: ${issue?.message ?? "it is not valid"}`);
}

/** A port on the command line. */
export const portOption = wholeOption("give a port, 0 to 65535", [0, 65_535]);

/** A whole number on the command line, within bounds. */
export function wholeOption(advice: string, [least, most]: readonly [number, number]) {
  return numberOption(advice).pipe(z.int(advice).min(least, advice).max(most, advice));
}

/** A number on the command line; nothing at all is none. */
export function numberOption(advice: string) {
  return z.string(advice).regex(/^\d+(\.\d+)?$/, advice).transform(Number);
}
