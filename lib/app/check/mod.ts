/**
 * Each service of the config, tried out: one file a kind.
 *
 * @module
 */
import { agentSettings } from "../../agents/mod.ts";
import type { AsrProvider } from "../../asr/mod.ts";
import { EarshotError } from "../../errors/mod.ts";
import { Scope, systemClock } from "../../lifecycle/mod.ts";
import { openVoiceprint, type VoiceprintProvider } from "../../voiceprint/mod.ts";
import { Engines } from "../engines.ts";
import { serviceNeeds, type UsedRecognizer } from "../needs.ts";
import { readPrompts } from "../prompts.ts";
import { openRecognizers } from "../recognizers.ts";
import type { Setup } from "../setup.ts";
import { checkRecognizer } from "./recognizer_check.ts";
import { failedReport, type ServiceCheck } from "./service_report.ts";
import { checkVoiceprint } from "./voiceprint_check.ts";

export type { Fault } from "./fault.ts";
export type { ServiceCheck, ServiceReport, Verdict } from "./service_report.ts";

/**
 * A check for each service of the config; secrets, certificates and prompts are read now. What is opened belongs
 * to the scope.
 *
 * @throws {EarshotError} `config.invalid` for a prompt file that cannot be used
 */
export async function serviceChecks(
  setup: Pick<Setup, "config" | "store">,
  scope: Scope,
): Promise<readonly ServiceCheck[]> {
  await readPrompts(agentSettings(setup.config));
  const checks: ServiceCheck[] = [];
  for (const recognizer of recognizersOf(setup.config)) {
    checks.push(await recognizerCheck(recognizer, setup, scope.child(`check of ${recognizer.name}`)));
  }
  return [...checks, ...await voiceprintCheck(setup)];
}

/** All of the config, and those that agents use besides. */
function recognizersOf(config: Setup["config"]): readonly UsedRecognizer[] {
  const used = serviceNeeds(config).recognizers;
  const languages = [...new Set(agentSettings(config).map(({ languages: [language] }) => language))].slice(
    0,
    1,
  );
  const others = Object.entries(config.asr)
    .filter(([name]) => !used.some((recognizer) => recognizer.name === name))
    .map(([name, block]) => ({ name, block, languages }));
  return [...used, ...others];
}

async function recognizerCheck(
  recognizer: UsedRecognizer,
  { config, store }: Pick<Setup, "config" | "store">,
  scope: Scope,
): Promise<ServiceCheck> {
  const { name, block, languages: [language = "en"] } = recognizer;
  const clock = systemClock;
  let provider: AsrProvider | undefined;
  try {
    const engines = await Engines.open({ config, store, scope, clock, detection: false });
    const opened = await openRecognizers([recognizer], {
      store,
      engines,
      scope,
      clock,
      signal: scope.signal,
    });
    provider = opened.get(name);
  } catch (thrown) {
    const report = failedReport(`asr.${name}`, EarshotError.from(thrown));
    return () => Promise.resolve(report);
  }
  return async (signal) => {
    try {
      if (provider === undefined) {
        throw new EarshotError("internal", `Cannot check ${name}: it was not opened`);
      }
      return await checkRecognizer(provider, { block, language, signal });
    } finally {
      await scope.close();
    }
  };
}

async function voiceprintCheck({ config }: Pick<Setup, "config">): Promise<readonly ServiceCheck[]> {
  let provider: VoiceprintProvider | undefined;
  try {
    provider = await openVoiceprint(config.voiceprint);
  } catch (thrown) {
    const report = failedReport("voiceprint", EarshotError.from(thrown));
    return [() => Promise.resolve(report)];
  }
  if (provider === undefined) return [];
  const opened = provider;
  return [async (signal) => {
    try {
      return await checkVoiceprint(opened, config.voiceprint, signal);
    } finally {
      opened.close();
    }
  }];
}
