/**
 * Access control, decided before the upgrade: origins, rates, approved devices and their tokens, and the operator.
 *
 * @module
 */
export { type AuthConfig, authConfig, authLimits } from "./config.ts";
export { type ApprovedDevice, DeviceFiles, type DeviceIds, type PendingDevice } from "./device_files.ts";
export {
  DevicePins,
  type DevicePinsOptions,
  type PinChanges,
  type PinnedDevice,
  type PinStats,
  type PinWatcher,
  UNTRUSTED_REASONS,
  type UntrustedReason,
} from "./device_pins.ts";
export type { Applicant, DeviceRegistry, DeviceRegistryStats } from "./device_registry.ts";
export { issueToken, type TokenSubject } from "./device_token.ts";
export { type AuthParts, Gatekeeper } from "./gatekeeper.ts";
export { authDir, openAuth, type OpenAuthOptions } from "./open_auth.ts";
export { ownNames } from "./origin.ts";
export { type FoundPins, type KeptPin, PinFiles } from "./pin_files.ts";
export { PinKeeper, type PinKeeperOptions } from "./pin_keeper.ts";
export { RateLimit, type RateLimitOptions } from "./rate_limit.ts";
export { writeSecretFile } from "./secret_file.ts";
export { rotateTokenKeys, TokenKeys, type TokenKeysOptions } from "./token_keys.ts";
