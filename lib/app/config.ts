import { z } from "zod";
import { agentFaults, agentsConfig, devicesConfig } from "../agents/mod.ts";
import { asrConfig } from "../asr/mod.ts";
import { audioConfig } from "../audio/mod.ts";
import { engineConfig } from "../engine/mod.ts";
import { memoryConfig } from "../memory/mod.ts";
import { modelsConfig } from "../models/mod.ts";
import { authConfig, serverConfig } from "../server/mod.ts";
import { sessionConfig } from "../session/mod.ts";
import { logConfig } from "../telemetry/mod.ts";
import { vadConfig } from "../vad/mod.ts";
import { voiceprintConfig } from "../voiceprint/mod.ts";
import { runtimeFaults } from "./runtime_faults.ts";
import { sherpaFaults } from "./sherpa_faults.ts";

/** The whole config: one section for each stage, each defined where the stage is. Every key has a default. */
export const configSchema = z.strictObject({
  server: serverConfig.prefault({}).describe(
    "where devices reach the gateway, and what carries their connections",
  ),
  auth: authConfig.prefault({}).describe("which devices may connect"),
  asr: asrConfig.prefault({}),
  agents: agentsConfig.prefault({}),
  devices: devicesConfig.prefault({}),
  vad: vadConfig.prefault({}).describe("voice detection: when speech begins and when it has ended"),
  voiceprint: voiceprintConfig.prefault({}).describe("who speaks, as a voiceprint-api server tells"),
  session: sessionConfig.prefault({}).describe("how one device is treated"),
  audio: audioConfig.prefault({}).describe("how much sound is held"),
  memory: memoryConfig.prefault({}).describe("what was said, kept in the data directory"),
  engine: engineConfig.prefault({}).describe("the process in which models run"),
  models: modelsConfig.prefault({}).describe("the weights of embedded recognizers"),
  log: logConfig.prefault({}).describe("what is logged, and how"),
}).superRefine((config, { addIssue, issues }) => {
  // What does not fit by itself is no ground to look at how it goes with the rest.
  if (issues.length > 0) return;
  const faults = [...agentFaults(config), ...sherpaFaults(config), ...runtimeFaults(config, Deno.build)];
  for (const fault of faults) addIssue({ code: "custom", ...fault });
});

/** The checked config. */
export type Config = z.output<typeof configSchema>;
