/**
 * What every remote service needs, once: its registration and config, the stream over a connection, a pool of
 * connections, replies, errors by family, and the bounds on its calls.
 *
 * @module
 */
export { ConnectionPool, type ConnectionPoolOptions } from "./connection_pool.ts";
export { EventQueue, type EventQueueOptions } from "./event_queue.ts";
export {
  type OpenaiFault,
  openaiFault,
  openaiMeaning,
  openaiRefusal,
  readOpenaiFault,
} from "./openai_fault.ts";
export {
  defineProvider,
  type Provider,
  type ProviderContext,
  type ProviderDefinition,
  type RemoteContext,
  type Settings,
} from "./provider.ts";
export { checkReply, jsonOf, readReply } from "./read_reply.ts";
export {
  connectionError,
  endedError,
  type FaultFacts,
  faultOfStatus,
  refusalError,
  serviceError,
} from "./service_error.ts";
export { ServiceGuard, type ServiceGuardOptions, type ServiceStats } from "./service_guard.ts";
export { configKeyOf, type ServiceName } from "./service_name.ts";
export {
  type ServiceBlock,
  servicesConfig,
  type ServicesSchema,
  type ServiceType,
} from "./services_config.ts";
export { encodeWyomingEvent, type WyomingEvent, WyomingReader } from "./vendors/wyoming_frame.ts";
export { type Wire, type WireIo, WireStream, type WireStreamOptions } from "./wire_stream.ts";
