import { z } from "zod";
import { agentFaults, agentsConfig, devicesConfig } from "../agents/mod.ts";
import { asrConfig } from "../asr/mod.ts";
import { audioLimits } from "../audio/mod.ts";
import { engineConfig, engineLimits } from "../engine/mod.ts";
import { memoryConfig, memoryLimits } from "../memory/mod.ts";
import { modelsConfig } from "../models/mod.ts";
import { authConfig, authLimits, serverConfig, serverLimits } from "../server/mod.ts";
import { sessionConfig, sessionLimits } from "../session/mod.ts";
import { logConfig } from "../telemetry/mod.ts";
import { vadConfig } from "../vad/mod.ts";
import { voiceprintConfig } from "../voiceprint/mod.ts";
import { runtimeFaults } from "./runtime_faults.ts";
import { sherpaFaults } from "./sherpa_faults.ts";

/** Every bound that few people ever set, by the section that it belongs to. */
const limits = z.strictObject({
  session: sessionLimits.prefault({}),
  server: serverLimits.prefault({}),
  auth: authLimits.prefault({}),
  audio: audioLimits.prefault({}),
  memory: memoryLimits.prefault({}),
  engine: engineLimits.prefault({}),
});

/** The whole config: one section for each stage, each defined where the stage is. Every key has a default. */
const sections = z.strictObject({
  server: serverConfig.prefault({}),
  auth: authConfig.prefault({}),
  asr: asrConfig.prefault({}),
  agents: agentsConfig.prefault({}),
  devices: devicesConfig.prefault({}),
  vad: vadConfig.prefault({}),
  voiceprint: voiceprintConfig.prefault({}),
  session: sessionConfig.prefault({}),
  memory: memoryConfig.prefault({}),
  engine: engineConfig.prefault({}),
  models: modelsConfig.prefault({}),
  log: logConfig.prefault({}),
  limits: limits.prefault({}),
}).superRefine((config, { addIssue, issues }) => {
  // What does not fit by itself is no ground to look at how it goes with the rest.
  if (issues.length > 0) return;
  const faults = [...agentFaults(config), ...sherpaFaults(config), ...runtimeFaults(config, Deno.build)];
  for (const fault of faults) addIssue({ code: "custom", ...fault });
});

/** The schema of the config file; each section comes with its limits. */
export const configSchema = sections.transform(({ limits, ...config }) => ({
  ...config,
  session: { ...config.session, ...limits.session },
  server: { ...config.server, ...limits.server },
  auth: { ...config.auth, ...limits.auth },
  audio: limits.audio,
  memory: { ...config.memory, ...limits.memory },
  engine: { ...config.engine, ...limits.engine },
}));

/** The checked config. */
export type Config = z.output<typeof configSchema>;
