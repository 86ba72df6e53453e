/**
 * The language between a device and the gateway as pure functions: text messages, binary frames, and how a
 * device finds its server. Tolerant of what clients send, exact in what firmware is sent.
 *
 * @module
 */
export { type AudioParams, FRAME_DURATIONS_MS } from "./audio_params.ts";
export { bareText } from "./bare_text.ts";
export {
  type DeviceMessage,
  encodeDeviceMessage,
  type ListenMode,
  parseDeviceMessage,
} from "./device_message.ts";
export {
  decodeFrame,
  encodeFrame,
  type EncodeFrameOptions,
  type Frame,
  type FrameVersion,
  frameVersionOf,
} from "./frame.ts";
export { type DeviceIdentity, deviceKey, readDeviceId, readIdentity } from "./identity.ts";
export type { JsonObject } from "./json_message.ts";
export { normalizeMac } from "./mac_address.ts";
export { type MqttCredentials, mqttCredentials } from "./mqtt_credentials.ts";
export {
  type OtaActivation,
  type OtaAnswer,
  otaGreeting,
  type OtaRequest,
  otaResponse,
  parseOtaRequest,
} from "./ota.ts";
export {
  type Emotion,
  EMOTIONS,
  encodeServerMessage,
  parseServerMessage,
  type ServerMessage,
} from "./server_message.ts";
