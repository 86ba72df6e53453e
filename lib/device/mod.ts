/**
 * The other end of the wire: a simulated device that behaves as firmware does, or misbehaves on purpose.
 *
 * @module
 */
export { RawWebSocket, type RawWebSocketOptions, type SocketEnd } from "./raw_websocket.ts";
export {
  type DeviceFaults,
  type DeviceState,
  type DeviceStats,
  type SayOptions,
  SimulatedDevice,
  type SimulatedDeviceOptions,
} from "./simulated_device.ts";
export type { SaidResult, TimedMessage } from "./turn_recorder.ts";
