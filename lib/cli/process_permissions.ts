import { askPermissions, permissionWords, readSetup } from "../app/mod.ts";
import { EXIT } from "../errors/mod.ts";
import { Scope } from "../lifecycle/mod.ts";
import { configureLogging } from "../telemetry/mod.ts";
import type { CommandSpec } from "./command.ts";
import { keepServing } from "./permissions.ts";
import { SETUP_FLAGS, setupOptions } from "./setup.ts";

/** `earshot permissions` */
export const permissions: CommandSpec<typeof setupOptions> = {
  usage: "permissions",
  summary: "print what each process of a gateway may do, as each of them says itself",
  examples: ["earshot permissions", "earshot permissions --json"],
  flags: SETUP_FLAGS,
  permissions: ["read", "write", "net", "env", "sys", "run"],
  options: setupOptions,
  async run({ options, output, signal }) {
    const { config } = await readSetup(options);
    await using _logging = configureLogging({ level: "error", format: "auto" });
    await using scope = new Scope("permissions");
    await keepServing();
    for (const { process, permissions } of await askPermissions(config, { scope, signal })) {
      output.result(
        { type: "permissions", process, permissions },
        `${process.padEnd(14)}${permissionWords(permissions)}`,
      );
    }
    return EXIT.ok;
  },
};
