/**
 * Agents: which services and language a device has, and what its sound goes through.
 *
 * @module
 */
export type { Agent } from "./agent.ts";
export {
  type AgentFault,
  agentFaults,
  type AgentSections,
  type AgentSettings,
  agentSettings,
} from "./agent_settings.ts";
export { Agents, type AgentsOptions } from "./agents.ts";
export {
  type AgentsConfig,
  agentsConfig,
  DEFAULT_AGENT,
  type DevicesConfig,
  devicesConfig,
  type DeviceSettings,
} from "./config.ts";
export {
  type Endpointing,
  isSamePipeline,
  type Pipeline,
  pipelineFor,
  type PipelineMember,
} from "./pipeline.ts";
