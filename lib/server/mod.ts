/**
 * The network side: socket transports, routes, access control, and the devices that are connected.
 *
 * @module
 */
export {
  type Applicant,
  type ApprovedDevice,
  type AuthConfig,
  authConfig,
  authDir,
  authLimits,
  type AuthParts,
  DeviceFiles,
  type DeviceIds,
  DevicePins,
  type DevicePinsOptions,
  type DeviceRegistry,
  type DeviceRegistryStats,
  type FoundPins,
  issueToken,
  type KeptPin,
  openAuth,
  type OpenAuthOptions,
  type PendingDevice,
  type PinChanges,
  PinFiles,
  PinKeeper,
  type PinKeeperOptions,
  type PinnedDevice,
  type PinStats,
  type PinWatcher,
  RateLimit,
  type RateLimitOptions,
  rotateTokenKeys,
  TokenKeys,
  type TokenKeysOptions,
  type TokenSubject,
  UNTRUSTED_REASONS,
  type UntrustedReason,
  writeSecretFile,
} from "./auth/mod.ts";
export {
  type InterfaceAddress,
  type LanAddress,
  lanAddresses,
  type LanAddressKind,
} from "./addresses/lan_address.ts";
export { type ServerConfig, serverConfig, serverLimits } from "./config.ts";
export { readDescriptorLimit } from "./descriptor_limit.ts";
export type { AdmissionStats } from "./devices/admission.ts";
export type { ConnectedDevice } from "./devices/connected_device.ts";
export {
  DEVICES_PATH,
  MEMORY_PATH,
  OTA_PATH,
  type Readiness,
  SAY_PATH,
  TOOLS_PATH,
  type UrlDoubt,
  VISION_PATH,
  WEBSOCKET_PATH,
} from "./routes/mod.ts";
export { PHOTO_OUTCOMES, type PhotoEvent, type PhotoOutcome } from "./vision/photo_event.ts";
export { lookAtPhoto, type Looker, type PhotoQuestion } from "./vision/look_at_photo.ts";
export type { VisionParts } from "./vision/vision.ts";
export { ServerMetrics, type ServerMetricsSources } from "./metrics.ts";
export { type DrainSummary, Server, type ServerOptions, type ServerStats } from "./server.ts";
export type { ServerEvent } from "./server_event.ts";
export { timeZoneOf } from "./time_zone.ts";
export { readTls, type TlsCertificate } from "./tls.ts";
export type {
  AcceptedSocket,
  DeviceSocket,
  DeviceSocketHandlers,
  DeviceSocketLimits,
} from "./transport/device_socket.ts";
export { denoTransport } from "./transport/deno_transport.ts";
export { loadTransport } from "./transport/load_transport.ts";
export type {
  ConnectionBound,
  IncomingRequest,
  Listener,
  ListenOptions,
  RequestHandler,
  Transport,
} from "./transport/transport.ts";
