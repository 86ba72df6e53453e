/**
 * Each service of the config, tried out: one file a kind.
 *
 * @module
 */
import { type AsrProvider, openEmbedded, openService } from "../../asr/mod.ts";
import { EarshotError } from "../../errors/mod.ts";
import { Scope, systemClock } from "../../lifecycle/mod.ts";
import { openVoiceprint, type VoiceprintProvider } from "../../voiceprint/mod.ts";
import { openEngine } from "../engine.ts";
import { planHearing } from "../hearing_plan.ts";
import type { Setup } from "../setup.ts";
import { checkRecognizer } from "./recognizer_check.ts";
import { failedReport, type ServiceCheck } from "./service_report.ts";
import { checkVoiceprint } from "./voiceprint_check.ts";

export type { Fault } from "./fault.ts";
export type { ServiceCheck, ServiceReport, Verdict } from "./service_report.ts";

/** A check for each service that the config names; secrets and certificates are read now. */
export async function serviceChecks(
  setup: Pick<Setup, "config" | "store">,
): Promise<readonly ServiceCheck[]> {
  return [await recognizerCheck(setup), ...await voiceprintCheck(setup)];
}

async function voiceprintCheck({ config }: Pick<Setup, "config">): Promise<readonly ServiceCheck[]> {
  let adapter: VoiceprintProvider | undefined;
  try {
    adapter = await openVoiceprint(config.voiceprint);
  } catch (thrown) {
    const report = failedReport("voiceprint", EarshotError.from(thrown));
    return [() => Promise.resolve(report)];
  }
  if (adapter === undefined) return [];
  const opened = adapter;
  return [async (signal) => {
    try {
      return await checkVoiceprint(opened, config.voiceprint, signal);
    } finally {
      opened.close();
    }
  }];
}

async function recognizerCheck({ config, store }: Pick<Setup, "config" | "store">): Promise<ServiceCheck> {
  const { asr } = config;
  let service: AsrProvider | undefined;
  try {
    service = await openService(asr);
  } catch (thrown) {
    const report = failedReport(`asr.${asr.provider}`, EarshotError.from(thrown));
    return () => Promise.resolve(report);
  }
  return async (signal) => {
    await using scope = new Scope("check");
    try {
      const adapter = service ?? openEmbedded(
        asr,
        await openEngine({
          config,
          store,
          scope,
          clock: systemClock,
          plan: { ...planHearing(config, service), vad: false },
          signal,
        }),
      );
      scope.own("recognizer", () => adapter.close?.());
      return await checkRecognizer(adapter, asr, signal);
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      return failedReport(`asr.${asr.provider}`, EarshotError.from(thrown));
    }
  };
}
