/**
 * Agents: which services, language and pipeline a device has.
 *
 * @module
 */
export { type Agent, type Endpointing, isSamePipeline, type Pipeline } from "./agent.ts";
