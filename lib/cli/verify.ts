import { z } from "zod";
import { CHECKS } from "../app/mod.ts";
import { EXIT } from "../errors/mod.ts";
import { configureLogging } from "../telemetry/mod.ts";
import type { CommandSpec } from "./command.ts";

const verifyOptions = z.object({ data: z.string().optional() });

/** `earshot verify` */
export const verify: CommandSpec<typeof verifyOptions> = {
  usage: "verify",
  summary: "test on this machine that nothing grows and nothing is left behind",
  examples: ["earshot verify", "earshot verify --json"],
  flags: [[
    "--data <dir>",
    "where it writes for a moment; without it the system's temporary directory",
  ]],
  permissions: ["read", "write", "net"],
  options: verifyOptions,
  async run({ options, output, signal }) {
    await using _logging = configureLogging({ level: "error", format: "auto" });
    output.say(
      "each check opens what it needs and closes it again; recognition is scripted, so no weights are needed",
    );
    let failed = 0;
    for (const check of CHECKS) {
      signal.throwIfAborted();
      const result = await check(signal, { dir: options.data });
      if (!result.passed) failed++;
      const { measured, limit } = result;
      output.result(
        { ...result },
        `${
          result.passed ? "ok  " : "FAIL"
        }  ${result.check}\n      measured  ${measured}\n      limit     ${limit}`,
      );
    }
    output.say(
      failed === 0 ? `all ${CHECKS.length} checks passed` : `${failed} of ${CHECKS.length} checks failed`,
    );
    return failed === 0 ? EXIT.ok : EXIT.failed;
  },
};
