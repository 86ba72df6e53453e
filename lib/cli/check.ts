import {
  automationWarnings,
  dataSentence,
  languageWarnings,
  readSetup,
  serviceChecks,
  type ServiceReport,
  whereDataGoes,
} from "../app/mod.ts";
import { EXIT } from "../errors/mod.ts";
import { Scope } from "../lifecycle/mod.ts";
import { configureLogging } from "../telemetry/mod.ts";
import type { CommandSpec } from "./command.ts";
import { keepOnly } from "./permissions.ts";
import { sayWarnings, SETUP_FLAGS, setupOptions } from "./setup.ts";

/** `earshot check` */
export const check: CommandSpec<typeof setupOptions> = {
  usage: "check",
  summary: "try each service of the config, say what to fix, and where sound, words and answers go",
  examples: ["earshot check", "earshot check --config home.yaml --json"],
  flags: SETUP_FLAGS,
  // It writes what a model of the user's own is loaded with, as `serve` would.
  permissions: ["read", "write", "net", "env", "sys", "run"],
  options: setupOptions,
  async run({ options, output, signal }) {
    const setup = await readSetup(options);
    const warnings = [
      ...setup.warnings,
      ...languageWarnings(setup.config),
      ...automationWarnings(setup.config),
    ];
    sayWarnings({ warnings }, output);
    await using _logging = configureLogging({ level: "error", format: "auto" });
    await using scope = new Scope("check");
    const checks = await serviceChecks(setup, scope);
    // Every secret was read.
    await keepOnly(["read", "write", "net", "sys", "run"]);
    output.say(`config ${setup.source ?? "defaults; there is no config.yaml here"}`);
    let failed = 0;
    for (const check of checks) {
      const report = await check(signal);
      if (!report.ok) failed++;
      output.result({ type: "service", ...report }, describe(report));
    }
    for (const paths of whereDataGoes(setup.config)) {
      output.result({ type: "data", ...paths }, dataSentence(paths));
    }
    return failed === 0 ? EXIT.ok : EXIT.failed;
  },
};

function describe(report: ServiceReport): string {
  const { service, ok, reachable, authorized, openMs, answerMs, firstTokenMs, firstSoundMs, fault } = report;
  const lines = [
    `${ok ? "ok  " : "FAIL"}  ${service}`,
    `      reachable   ${reachable}`,
    `      authorized  ${authorized}`,
  ];
  if (openMs !== undefined) lines.push(`      ready       in ${openMs} ms`);
  if (answerMs !== undefined) lines.push(`      answered    ${answerMs} ms after the sound`);
  if (firstTokenMs !== undefined) lines.push(`      first word  after ${firstTokenMs} ms`);
  if (firstSoundMs !== undefined) lines.push(`      first sound after ${firstSoundMs} ms`);
  if (fault !== undefined) {
    lines.push(`      happened    ${fault.message} [${fault.code}]`, `      fix         ${fault.fix}`);
  }
  return lines.join("\n");
}
