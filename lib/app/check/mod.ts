/**
 * Each service of the config, tried out: one file a kind.
 *
 * @module
 */
import { agentSettings } from "../../agents/mod.ts";
import { asrTypeOf } from "../../asr/mod.ts";
import { EarshotError } from "../../errors/mod.ts";
import { raceSignal, type Scope, systemClock } from "../../lifecycle/mod.ts";
import { timeZoneOf } from "../../server/mod.ts";
import type { ServiceBlock } from "../../service/mod.ts";
import { ttsTypeOf } from "../../tts/mod.ts";
import { openVoiceprint, type VoiceprintProvider } from "../../voiceprint/mod.ts";
import { Engines } from "../engines.ts";
import { serviceNeeds, type UsedRecognizer, type UsedService } from "../needs.ts";
import { readPrompts } from "../prompts.ts";
import { openRecognizers } from "../recognizers.ts";
import type { Setup } from "../setup.ts";
import { openLlms, openVoices } from "../speaking.ts";
import { automationChecks } from "./automation_check.ts";
import { checkLlm } from "./llm_check.ts";
import { checkRecognizer } from "./recognizer_check.ts";
import { failedReport, type ServiceCheck } from "./service_report.ts";
import { checkVoice } from "./voice_check.ts";
import { checkVoiceprint } from "./voiceprint_check.ts";

export type { Fault } from "./fault.ts";
export type { ServiceCheck, ServiceReport, Verdict } from "./service_report.ts";

/** What checks are made of. */
export type CheckSetup = Pick<Setup, "config" | "store">;

/**
 * A check for each service of the config; secrets, certificates and prompts are read now. What is opened belongs to the
 * scope.
 *
 * @throws {EarshotError} `config.invalid` for a prompt file that cannot be used
 */
export async function serviceChecks(setup: CheckSetup, scope: Scope): Promise<readonly ServiceCheck[]> {
  const { config } = setup;
  await readPrompts(agentSettings(config));
  const { recognizers, llms, voices } = serviceNeeds(config);
  const languages = [...new Set(agentSettings(config).flatMap(({ languages }) => languages))];
  const [language = "en"] = languages;
  const unused = others(config.asr, recognizers).map((recognizer) => ({
    ...recognizer,
    languages: [language],
  }));
  const works = [
    ...[...recognizers, ...unused].map((used) => [`asr.${used.name}`, recognizerCheck(used, setup)] as const),
    ...[...llms, ...others(config.llm, llms)]
      .map((used) => [`llm.${used.name}`, llmCheck(used, { ...setup, language })] as const),
    ...[...voices, ...others(config.tts, voices)]
      .map((used) => [`tts.${used.name}`, voiceCheck(used, { ...setup, languages })] as const),
  ];
  const checks: ServiceCheck[] = [];
  for (const [service, open] of works) checks.push(await prepared(service, { scope, open }));
  return [...checks, ...await voiceprintCheck(setup), ...await automationChecks(config.automation)];
}

/** Those of a section that no agent uses. */
function others(
  section: Readonly<Record<string, ServiceBlock>>,
  used: readonly UsedService[],
): readonly UsedService[] {
  return Object.entries(section)
    .filter(([name]) => !used.some((service) => service.name === name))
    .map(([name, block]) => ({ name, block }));
}

/** Opens a service, below a scope of its own, and gives what tries it. */
type OpenCheck = (scope: Scope) => Promise<ServiceCheck>;

/** A service that is open and to be tried, or the report of one that could not be opened. */
async function prepared(
  service: string,
  { scope: parent, open }: { readonly scope: Scope; readonly open: OpenCheck },
): Promise<ServiceCheck> {
  const scope = parent.child(`check of ${service}`);
  let check: ServiceCheck;
  try {
    check = await open(scope);
  } catch (thrown) {
    await scope.close();
    const report = failedReport(service, EarshotError.from(thrown));
    return () => Promise.resolve(report);
  }
  return async (signal) => {
    try {
      return await check(signal);
    } finally {
      await scope.close();
    }
  };
}

/** What opened a service by its name. */
function opened<Provider>(services: ReadonlyMap<string, Provider>, name: string): Provider {
  const provider = services.get(name);
  if (provider === undefined) throw new EarshotError("internal", `Cannot check ${name}: it was not opened`);
  return provider;
}

function recognizerCheck(used: UsedRecognizer, { config, store }: CheckSetup): OpenCheck {
  const { name, block, languages: [language = "en"] } = used;
  return async (scope) => {
    const clock = systemClock;
    const engines = await Engines.open({ config, store, scope, clock, detection: false });
    const services = await openRecognizers([used], { store, engines, scope, clock, signal: scope.signal });
    const provider = opened(services, name);
    const check = (signal: AbortSignal) => checkRecognizer(provider, { block, language, signal });
    const embedded = asrTypeOf(block).models !== undefined;
    return embedded ? afterWarmUp(check, { engines, service: `asr.${name}` }) : check;
  };
}

function llmCheck(
  used: UsedService,
  { config, language }: CheckSetup & { readonly language: string },
): OpenCheck {
  return async (scope) => {
    const timeZone = timeZoneOf({ configured: config.server.timeZone, language });
    const provider = opened(await openLlms([used], { timeZone, scope, clock: systemClock }), used.name);
    return (signal) => checkLlm(provider, { block: used.block, language, signal });
  };
}

function voiceCheck(
  used: UsedService,
  { config, store, languages }: CheckSetup & { readonly languages: readonly string[] },
): OpenCheck {
  return async (scope) => {
    const clock = systemClock;
    const { models } = ttsTypeOf(used.block);
    const voiceModels = models?.(used.block) ?? [];
    const engines = await Engines.open({ config, store, scope, clock, detection: false, voiceModels });
    const services = await openVoices([used], { store, engines, scope, clock, signal: scope.signal });
    const provider = opened(services, used.name);
    const check = (signal: AbortSignal) => checkVoice(provider, { block: used.block, languages, signal });
    return models === undefined ? check : afterWarmUp(check, { engines, service: `tts.${used.name}` });
  };
}

/** What is embedded is loaded first: how long that takes says nothing of the service. */
function afterWarmUp(
  check: ServiceCheck,
  { engines, service }: { readonly engines: Engines; readonly service: string },
): ServiceCheck {
  return async (signal) => {
    try {
      await raceSignal(engines.warm(), signal);
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      return failedReport(service, EarshotError.from(thrown));
    }
    return await check(signal);
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
