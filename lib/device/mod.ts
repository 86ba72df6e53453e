/**
 * The other end of the wire: a simulated device that behaves as firmware does, or misbehaves on purpose.
 *
 * @module
 */
export type { DeviceIdentity } from "./identity_headers.ts";
export { RawWebSocket, type RawWebSocketOptions, type SocketEnd } from "./raw_websocket.ts";
export { type DeviceState, SimulatedDevice } from "./simulated_device.ts";
export type {
  DeviceFaults,
  DeviceStats,
  SayOptions,
  SimulatedDeviceOptions,
} from "./simulated_device_options.ts";
export type { SaidResult, TimedMessage } from "./turn_recorder.ts";
export type { DialOptions } from "./websocket_opening.ts";
export { McpReplies, type McpRepliesOptions } from "./mcp_replies.ts";
export {
  type SimulatedPicture,
  SimulatedSpeaker,
  type SimulatedTool,
  type SimulatedValue,
  USER_TOOLS,
} from "./simulated_tool.ts";
export type { Arguments, SimulatedProperty } from "./tool_arguments.ts";
export {
  type ReceivedCall,
  simulatedError,
  type SimulatedReply,
  simulatedResult,
  SimulatedToolServer,
  type SimulatedToolsOptions,
} from "./tool_server.ts";
