import { z } from "zod";
import { buildInfo, VERSION } from "../app/mod.ts";
import { EXIT } from "../errors/mod.ts";
import type { CommandSpec } from "./command.ts";

const noOptions = z.object({});

/** The version in one line. */
export function versionText(): string {
  return `earshot ${VERSION} (deno ${Deno.version.deno}, ${Deno.build.target})`;
}

/** `earshot version` */
export const version: CommandSpec<typeof noOptions> = {
  usage: "version",
  summary: "print the version",
  examples: ["earshot version --json"],
  flags: [],
  permissions: ["read"],
  options: noOptions,
  run({ output }) {
    const { deno } = Deno.version;
    const build = buildInfo();
    output.result(
      {
        version: VERSION,
        deno,
        target: Deno.build.target,
        ...(build && { commit: build.commit, slim: build.slim }),
      },
      versionText(),
    );
    return Promise.resolve(EXIT.ok);
  },
};
