import { Command } from "commander";
import { z } from "zod";
import {
  authDir,
  type Config,
  corruptFiles,
  DeviceFiles,
  eraseMemory,
  type MemoryEntry,
  type MemoryFiles,
  readMemory,
  readSetup,
} from "../app/mod.ts";
import { EarshotError, EXIT } from "../errors/mod.ts";
import { type CommandSpec, defineCommand, wholeOption } from "./command.ts";
import { deviceOf } from "./device_named.ts";
import type { Output } from "./output.ts";
import { sayWarnings, SETUP_FLAGS, setupOptions } from "./setup.ts";

/** How many turns are shown unless told. */
const SHOWN = 20;
/** How many devices a message names. */
const NAMED = 8;

const showOptions = setupOptions.extend({
  last: wholeOption("give a number of turns", [1, 1_000_000]).optional(),
});

const show: CommandSpec<typeof showOptions> = {
  usage: "show <device>",
  summary: "show what is kept of a device: what was said, and answered",
  examples: [
    "earshot memory show 02:00:00:aa:bb:cc",
    "earshot memory show Kitchen --last 5",
    "earshot memory show Kitchen --json",
  ],
  flags: [...SETUP_FLAGS, ["--last <n>", `how many turns; ${SHOWN} unless told`]],
  permissions: ["read", "write", "env"],
  options: showOptions,
  async run({ options, args: [wanted = ""], output }) {
    const { config, data, warnings } = await readSetup(options);
    sayWarnings({ warnings }, output);
    using files = await readMemory(data);
    const deviceId = deviceOf(wanted, config);
    await requireKnown({ deviceId, wanted, data, config, files });
    const last = options.last ?? SHOWN;
    const turns: MemoryEntry[] = [];
    let count = 0;
    for (const turn of files?.turns(deviceId) ?? []) {
      count++;
      turns.push(turn);
      if (turns.length > last) turns.shift();
    }
    const summary = files?.summaryOf(deviceId);
    if (summary !== undefined) {
      const line = `until ${timeOf(summary.throughAtMs)}, in short: ${plain(summary.text)}`;
      output.result({ type: "summary", deviceId, ...summary }, line);
    }
    for (const turn of turns) output.result({ type: "turn", ...turn }, linesOf(turn));
    output.say(count === 0 ? `nothing is kept of ${deviceId}` : `${turns.length} of ${turnsOf(count)} shown`);
    return EXIT.ok;
  },
};

const exportOptions = setupOptions.extend({ output: z.string().min(1, "give a file").optional() });

const exportSpec: CommandSpec<typeof exportOptions> = {
  usage: "export <device>",
  summary: "write all that is kept of a device as JSON, one object a line",
  examples: ["earshot memory export 02:00:00:aa:bb:cc", "earshot memory export Kitchen -o kitchen.jsonl"],
  flags: [...SETUP_FLAGS, ["-o, --output <file>", "the file to write, for you alone to read; else stdout"]],
  permissions: ["read", "write", "env"],
  options: exportOptions,
  async run({ options, args: [wanted = ""], output }) {
    const { config, data, warnings } = await readSetup(options);
    sayWarnings({ warnings }, output);
    using files = await readMemory(data);
    const deviceId = deviceOf(wanted, config);
    await requireKnown({ deviceId, wanted, data, config, files });
    const path = options.output;
    let turns = 0;
    using target = path === undefined ? undefined : createFile(path);
    for (const object of kept(files, deviceId)) {
      if (output.closed.aborted) break;
      if (object.type === "turn") turns++;
      const line = JSON.stringify(object);
      if (target === undefined) output.result(object, line);
      else target.write(`${line}\n`);
    }
    if (path === undefined) output.say(`${turnsOf(turns)} exported`);
    else {output.result(
        { type: "exported", deviceId, turns, path },
        `exported: ${turnsOf(turns)}, to ${path}`,
      );}
    return EXIT.ok;
  },
};

const erase: CommandSpec<typeof setupOptions> = {
  usage: "erase <device>",
  summary: "erase all that is kept of a device, at once and for good; a gateway may be running",
  examples: ["earshot memory erase 02:00:00:aa:bb:cc", "earshot memory erase Kitchen --json"],
  flags: SETUP_FLAGS,
  permissions: ["read", "write", "env", "net"],
  options: setupOptions,
  async run({ options, args: [wanted = ""], output, signal }) {
    const { config, data, warnings } = await readSetup(options);
    sayWarnings({ warnings }, output);
    const deviceId = deviceOf(wanted, config);
    const turns = await eraseMemory({ data, deviceId, signal });
    if (turns === 0) {
      using files = await readMemory(data);
      await requireKnown({ deviceId, wanted, data, config, files });
    }
    output.result({ type: "erased", deviceId, turns }, `erased: ${turnsOf(turns)} of ${deviceId}`);
    await sayCorrupt(data, output);
    return EXIT.ok;
  },
};

/** `earshot memory show|export|erase` */
export function memoryCommand(onExit: (code: number) => void): Command {
  return new Command("memory")
    .description("show, export and erase what is kept of a device")
    .addCommand(defineCommand(show, onExit))
    .addCommand(defineCommand(exportSpec, onExit))
    .addCommand(defineCommand(erase, onExit));
}

/** A device of which nothing is kept must be one that there is: an id that was mistyped is not told as erased. */
async function requireKnown(
  { deviceId, wanted, data, config, files }: {
    readonly deviceId: string;
    readonly wanted: string;
    readonly data: string;
    readonly config: Pick<Config, "devices">;
    readonly files: MemoryFiles | undefined;
  },
): Promise<void> {
  const kept = files?.devices ?? [];
  if (kept.includes(deviceId) || Object.hasOwn(config.devices, deviceId)) return;
  const registered = new DeviceFiles(authDir(data));
  const known = [...await registered.approved(), ...await registered.pending()];
  if (known.some((device) => device.deviceId === deviceId)) return;
  const others = kept.length > NAMED ? [...kept.slice(0, NAMED), `${kept.length - NAMED} more`] : kept;
  const state = others.length === 0 ? "of no device" : `of ${others.join(", ")}`;
  throw new EarshotError(
    "memory.unknown_device",
    `Cannot find ${wanted}: nothing is kept of it; something is kept ${state}`,
  );
}

/** What is exported: the summary, then the turns, the oldest first. */
function* kept(files: MemoryFiles | undefined, deviceId: string) {
  const summary = files?.summaryOf(deviceId);
  if (summary !== undefined) yield { type: "summary", deviceId, ...summary } as const;
  for (const turn of files?.turns(deviceId) ?? []) yield { type: "turn", ...turn } as const;
}

/** A file for this user alone. @throws {EarshotError} `cli.unwritable`, here and for what is written. */
function createFile(path: string): Disposable & { write(text: string): void } {
  const encoder = new TextEncoder();
  const refusing = <Result>(work: () => Result): Result => {
    try {
      return work();
    } catch (thrown) {
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      throw new EarshotError("cli.unwritable", `Cannot write ${path}: ${why}`, { cause: thrown });
    }
  };
  const file = refusing(() =>
    Deno.openSync(path, { write: true, create: true, truncate: true, mode: 0o600 })
  );
  return {
    write: (text) =>
      refusing(() => {
        const bytes = encoder.encode(text);
        for (let sent = 0; sent < bytes.length;) sent += file.writeSync(bytes.subarray(sent));
      }),
    [Symbol.dispose]: () => file.close(),
  };
}

async function sayCorrupt(data: string, output: Output): Promise<void> {
  const paths = await corruptFiles(data);
  if (paths.length === 0) return;
  output.say(`these were corrupt and moved aside, and may hold more; delete them: ${paths.join(", ")}`);
}

/** A turn for people, in one line or several. */
function linesOf(turn: MemoryEntry): string {
  const { atMs, outcome, code, user, steps, answer, heardChars, speaker } = turn;
  const result = code === undefined ? outcome : `${outcome} (${code})`;
  const heard = outcome === "interrupted" ? ` (heard: ${heardChars} of ${answer.length} characters)` : "";
  return [
    `${timeOf(atMs)}  ${result.padEnd(11)}  ${plain(speaker?.name ?? "user")}: ${plain(user)}`,
    ...steps.map(({ tool, status }) => `${" ".repeat(21)}tool ${plain(tool)}: ${status}`),
    ...(answer === "" ? [] : [`${" ".repeat(21)}answer: ${plain(answer)}${heard}`]),
  ].join("\n");
}

/** In one line, without what a terminal would take as a command. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\s]+/gu, " ").trim();
}

function timeOf(ms: number): string {
  // This locale writes a time as one can sort it.
  return new Date(ms).toLocaleString("sv-SE");
}

function turnsOf(count: number): string {
  return count === 1 ? "1 turn" : `${count} turns`;
}
