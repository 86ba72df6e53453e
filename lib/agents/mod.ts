/**
 * Agents: which services and language a device has, and what its sound goes through.
 *
 * @module
 */
export type { Agent, AnswerSettings } from "./agent.ts";
export { type AgentFault, agentFaults, type AgentSections } from "./agent_faults.ts";
export {
  type AgentSettings,
  agentSettings,
  type ChainNames,
  type ServiceSections,
} from "./agent_settings.ts";
export { Agents, type AgentsOptions, type OpenServices } from "./agents.ts";
export {
  type AgentsConfig,
  agentsConfig,
  DEFAULT_AGENT,
  type DevicesConfig,
  devicesConfig,
  type DeviceSettings,
  NO_ANSWERS,
} from "./config.ts";
export { languageWarnings } from "./language_warnings.ts";
export {
  type Endpointing,
  isSamePipeline,
  type Pipeline,
  pipelineFor,
  type PipelineMember,
  type UtteranceStart,
} from "./pipeline.ts";
export { dayStartMs, isQuiet, type QuietHours } from "./quiet_hours.ts";
