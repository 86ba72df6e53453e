import { readSetup, type ServiceVoices, voiceLists } from "../app/mod.ts";
import { EXIT } from "../errors/mod.ts";
import { Scope } from "../lifecycle/mod.ts";
import { configureLogging } from "../telemetry/mod.ts";
import { type CommandSpec, reportFailure } from "./command.ts";
import type { Output } from "./output.ts";
import { keepOnly } from "./permissions.ts";
import { sayWarnings, SETUP_FLAGS, setupOptions } from "./setup.ts";

/** `earshot voices [NAME]` */
export const voices: CommandSpec<typeof setupOptions> = {
  usage: "voices [name]",
  summary: "list the voices of each voice service of the config, or of one, and how to name one",
  examples: ["earshot voices", "earshot voices kokoro", "earshot voices --json"],
  flags: SETUP_FLAGS,
  permissions: ["read", "net", "env", "sys"],
  options: setupOptions,
  async run({ options, args: [service], output, signal: interrupted }) {
    const signal = AbortSignal.any([interrupted, output.closed]);
    const setup = await readSetup(options);
    sayWarnings(setup, output);
    await using _logging = configureLogging({ level: "error", format: "auto" });
    await using scope = new Scope("voices");
    const lists = await voiceLists(setup, { service, scope });
    // Every secret was read.
    await keepOnly(["read", "net", "sys"]);
    let exitCode: number = EXIT.ok;
    for (const list of lists) {
      const found = await list(signal);
      show(found, output);
      if (found.error !== undefined) exitCode = reportFailure(found.error, output, found.service);
    }
    return output.closed.aborted ? EXIT.closedPipe : exitCode;
  },
};

function show({ service, kind, languages, voice, voices, error }: ServiceVoices, output: Output): void {
  const spoken = languages === "any" ? "any language, as its voice decides" : languages.join(", ");
  const chosen = voice === undefined ? "" : `; its voice now: ${voice}`;
  output.result(
    {
      type: "service",
      service,
      kind,
      languages,
      ...(voice !== undefined && { voice }),
      count: voices?.length ?? null,
    },
    `${service} (type ${kind}) speaks ${spoken}${chosen}`,
  );
  for (const { name, language, about } of voices ?? []) {
    output.result(
      {
        type: "voice",
        service,
        name,
        ...(language !== undefined && { language }),
        ...(about !== undefined && { about }),
      },
      `  ${
        [name.padEnd(28), language?.padEnd(8), about].filter((part) => part !== undefined).join(" ").trimEnd()
      }`,
    );
  }
  if (error !== undefined) return;
  if (voices !== undefined) {
    output.say(`  to take one: tts: { ${service}: { type: ${kind}, ..., voice: NAME } }`);
  } else if (voice !== undefined) {
    output.say("  it does not list its voices; its documentation names them");
  }
}
