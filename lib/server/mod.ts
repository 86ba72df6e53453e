/**
 * The network side: DeviceSocket engines, listeners, routes, OTA.
 *
 * @module
 */
export * from "./auth/mod.ts";
export { AddressList, LOOPBACK } from "./address_list.ts";
export {
  Admission,
  type AdmissionOptions,
  type AdmissionStats,
  type Place,
  type Visitor,
} from "./admission.ts";
export { clientAddress } from "./client_address.ts";
export type { ConnectedDevice } from "./connected_device.ts";
export { parseLimits, readDescriptorLimit } from "./descriptor_limit.ts";
export { type ServerConfig, serverConfig } from "./config.ts";
export type {
  AcceptedSocket,
  DeviceSocket,
  DeviceSocketHandlers,
  DeviceSocketLimits,
} from "./device_socket.ts";
export { loadHttpEngine } from "./engines.ts";
export type {
  ConnectionBound,
  HttpCall,
  HttpEngine,
  HttpHandler,
  HttpListener,
  HttpListenOptions,
} from "./http_engine.ts";
export { denoHttp } from "./deno_http.ts";
export { parseRoutes } from "./default_route.ts";
export {
  addressToward,
  type InterfaceAddress,
  type LanAddress,
  lanAddresses,
  type LanAddressKind,
} from "./lan_address.ts";
export { listen, type ListenOptions, type OpenPort } from "./listener.ts";
export { OTA_PATH } from "./ota.ts";
export { ServerMetrics, type ServerMetricsSources } from "./metrics.ts";
export { type UrlDoubt, WEBSOCKET_PATH } from "./told_url.ts";
export {
  DEVICES_PATH,
  type DrainSummary,
  type Readiness,
  Server,
  type ServerOptions,
  type ServerStats,
} from "./server.ts";
export type { ServerEvent } from "./server_event.ts";
export { lists, type TcpPorts, TcpTable, type TcpTableOptions } from "./tcp_table.ts";
export { timeZoneOf } from "./time_zone.ts";
export { readTls, type TlsCertificate } from "./tls.ts";
