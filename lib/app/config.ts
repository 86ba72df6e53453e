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
  server: serverConfig.prefault({}),
  auth: authConfig.prefault({}),
  asr: asrConfig.prefault({}),
  agents: agentsConfig.prefault({}),
  devices: devicesConfig.prefault({}),
  vad: vadConfig.prefault({}),
  voiceprint: voiceprintConfig.prefault({}),
  session: sessionConfig.prefault({}),
  audio: audioConfig.prefault({}),
  memory: memoryConfig.prefault({}),
  engine: engineConfig.prefault({}),
  models: modelsConfig.prefault({}),
  log: logConfig.prefault({}),
}).superRefine((config, { addIssue, issues }) => {
  // What does not fit by itself is no ground to look at how it goes with the rest.
  if (issues.length > 0) return;
  const faults = [...agentFaults(config), ...sherpaFaults(config), ...runtimeFaults(config, Deno.build)];
  for (const fault of faults) addIssue({ code: "custom", ...fault });
});

/** The checked config. */
export type Config = z.output<typeof configSchema>;
