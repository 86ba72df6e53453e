import type { ListenMode } from "../protocol/mod.ts";
import type { DeviceIdentity } from "./identity_headers.ts";
import type { SimulatedToolServer } from "./tool_server.ts";
import type { TimedMessage } from "./turn_recorder.ts";

/** What a simulated device is and how it behaves. */
export interface SimulatedDeviceOptions extends DeviceIdentity {
  /** The gateway's WebSocket address. */
  readonly url: URL;
  /** Who ends an utterance. Default `auto`. */
  readonly mode?: ListenMode;
  /** How long one Opus packet sounds, in ms. Default 60. */
  readonly frameDurationMs?: 20 | 60;
  /** Receives every message of the gateway from the hello on; must not throw. */
  readonly onMessage?: (timed: TimedMessage) => void;
  /** Receives every Opus packet that the device plays; must not throw. */
  readonly onPlayed?: (opus: Uint8Array) => void;
  /** Whether what it plays is decoded and kept, for `SaidResult.sound`. Default false. */
  readonly keepSound?: boolean;
  /** How many times faster than real time it speaks. Default 1. */
  readonly paceFactor?: number;
  /** How long TCP and the upgrade may take, in ms. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** How long the gateway's hello may take, in ms. Default 10,000. */
  readonly helloTimeoutMs?: number;
  /** What can be called on it: its hello says so. Default: nothing. */
  readonly tools?: SimulatedToolServer;
  /** Misbehavior that happens by itself. */
  readonly faults?: DeviceFaults;
}

/** Misbehavior, counted from the gateway's hello. */
export interface DeviceFaults {
  /** Cuts TCP after so many ms. */
  readonly dropAfterMs?: number;
  /** Stops reading after so many ms. */
  readonly stallAfterMs?: number;
}

/** Options of `SimulatedDevice.say`. */
export interface SayOptions {
  /** How long the answer may take once the speech is over, in ms. Default 30,000. */
  readonly answerTimeoutMs?: number;
}

/** What a device has counted. */
export interface DeviceStats {
  /** Opus packets that were sent. */
  readonly framesSent: number;
  /** Opus packets that were lost because the gateway did not read. */
  readonly framesDropped: number;
  /** Opus packets that the device played. */
  readonly framesPlayed: number;
  /** Opus packets that came outside of `tts start` and `tts stop`, so that the device ignored them. */
  readonly framesIgnored: number;
  /** Binary frames that would have made firmware read past their end. */
  readonly invalidFrames: number;
  /** Text messages that firmware could not have used. */
  readonly invalidMessages: number;
}
