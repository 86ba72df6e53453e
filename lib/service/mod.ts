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
export {
  type DoubaoAccount,
  doubaoAccountFault,
  doubaoHeaders,
  doubaoKeys,
} from "./vendors/doubao_account.ts";
export { doubaoFault, doubaoMeaningOf, doubaoRefusal } from "./vendors/doubao_fault.ts";
export {
  decodeDoubaoFrame,
  DOUBAO_FRAME,
  type DoubaoFrame,
  encodeDoubaoEvent,
  encodeDoubaoFrame,
} from "./vendors/doubao_frame.ts";
export {
  newNlsId,
  type NlsCommand,
  nlsCommand,
  type NlsEvent,
  nlsMeaning,
  readNlsEvent,
} from "./vendors/aliyun_nls.ts";
export { checkNlsAccount, NlsAccess, nlsAccountKeys, type NlsPass } from "./vendors/aliyun_nls_access.ts";
export {
  DASHSCOPE_KEPT_MS,
  type DashscopeCommand,
  dashscopeCommand,
  dashscopeError,
  type DashscopeEvent,
  dashscopeMeaning,
  readDashscopeEvent,
} from "./vendors/dashscope.ts";
export { qwenEvent, qwenFault, qwenMeaning, qwenUrl } from "./vendors/dashscope_realtime.ts";
export { signedTencentRequest, type TencentRequestOptions } from "./vendors/tencent_request.ts";
export { signedTencentUrl, type TencentUrlOptions } from "./vendors/tencent_url.ts";
export { xunfeiFault } from "./vendors/xunfei_fault.ts";
export { signedXunfeiUrl, type XunfeiKeys } from "./vendors/xunfei_url.ts";
