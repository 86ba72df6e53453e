import { z } from "zod";
import { agentFaults, agentsConfig, devicesConfig } from "../agents/mod.ts";
import { asrConfig } from "../asr/mod.ts";
import { audioLimits } from "../audio/mod.ts";
import { automationConfig } from "../automation/mod.ts";
import { engineConfig, engineLimits } from "../engine/mod.ts";
import { llmConfig } from "../llm/mod.ts";
import { memoryConfig, memoryLimits } from "../memory/mod.ts";
import { modelsConfig } from "../models/mod.ts";
import { authConfig, authLimits, serverConfig, serverLimits } from "../server/mod.ts";
import { sessionConfig, sessionLimits } from "../session/mod.ts";
import { logConfig } from "../telemetry/mod.ts";
import { ttsConfig, ttsLimits } from "../tts/mod.ts";
import { vadConfig } from "../vad/mod.ts";
import { voiceprintConfig } from "../voiceprint/mod.ts";
import { automationFaults } from "./automation.ts";
import { memoryFaults } from "./memory_faults.ts";
import { runtimeFaults } from "./runtime_faults.ts";
import { sherpaFaults } from "./sherpa_faults.ts";

/** Every bound that few people ever set, by the section that it belongs to. */
const limits = z.strictObject({
  session: sessionLimits.prefault({}).describe("what one device may hold, and how long it may take"),
  server: serverLimits.prefault({}).describe("connections and messages"),
  auth: authLimits.prefault({}).describe("devices and tokens that are not known"),
  audio: audioLimits.prefault({}).describe("how much sound is held"),
  memory: memoryLimits.prefault({}).describe("what waits for the disk, and what is kept"),
  engine: engineLimits.prefault({}).describe("recognition in the engine process"),
  tts: ttsLimits.prefault({}).describe("what was spoken and is kept to be played again"),
});

/** The whole config: one section for each stage, each defined where the stage is. Every key has a default. */
const sections = z.strictObject({
  server: serverConfig.prefault({}).describe(
    "where devices reach the gateway, and what carries their connections",
  ),
  auth: authConfig.prefault({}).describe("which devices may connect"),
  asr: asrConfig.prefault({}),
  llm: llmConfig.prefault({}),
  tts: ttsConfig.prefault({}),
  agents: agentsConfig.prefault({}),
  devices: devicesConfig.prefault({}),
  vad: vadConfig.prefault({}).describe("voice detection: when speech begins and when it has ended"),
  voiceprint: voiceprintConfig.prefault({}).describe("who speaks, as a voiceprint-api server tells"),
  session: sessionConfig.prefault({}).describe("how one device is treated"),
  memory: memoryConfig.prefault({}).describe("what was said, kept in the data directory"),
  automation: automationConfig.prefault({}).describe(
    "where what is said to agents with automation: true is sent to, and their answers",
  ),
  engine: engineConfig.prefault({}).describe("the process in which models run"),
  models: modelsConfig.prefault({}).describe("the weights of embedded recognizers"),
  log: logConfig.prefault({}).describe("what is logged, and how"),
  limits: limits.prefault({}).describe("bounds, for operators who measured; nobody has to set one"),
}).superRefine((config, { addIssue, issues }) => {
  // What does not fit by itself is no ground to look at how it goes with the rest.
  if (issues.length > 0) return;
  const faults = [
    ...agentFaults(config),
    ...memoryFaults(config),
    ...automationFaults(config),
    ...sherpaFaults(config),
    ...runtimeFaults(config, Deno.build),
  ];
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
  speechCache: limits.tts,
}));

/** The checked config. */
export type Config = z.output<typeof configSchema>;
