import type { ListenMode } from "../../protocol/mod.ts";
import type { PreparedPacket } from "./prepared_sound.ts";

/** What every device of a run does. */
export interface LoadPlan {
  /** The server's WebSocket address. */
  readonly url: URL;
  /** Sent as a bearer token; not sent when empty. */
  readonly token: string;
  /** Who ends an utterance. */
  readonly mode: ListenMode;
  /** The layout of binary frames. */
  readonly frameVersion: 1 | 2 | 3;
  /** How long one packet sounds, in ms. */
  readonly frameMs: 20 | 60;
  /** What is said, in turns; at least one. */
  readonly utterances: readonly (readonly PreparedPacket[])[];
  /** What is sent in between, over and over. */
  readonly silence: readonly PreparedPacket[];
  /** How long a device is silent between a turn and its next utterance, in ms. */
  readonly pauseMs: number;
  /** How long a turn may take to end once its speech is over, in ms. */
  readonly answerTimeoutMs: number;
  /** The share of utterances with a fault, 0 to 1. */
  readonly faultShare: number;
  /** Whether packets carry a stamp; they are no longer speech then. */
  readonly stamp: boolean;
}

/** The identity of one device of a run. */
export interface LoadIdentity {
  /** Its number, from 0. */
  readonly index: number;
  /** Its MAC address, locally administered. */
  readonly deviceId: string;
  /** The id of its installation. */
  readonly clientId: string;
}

/** The identity of device `index`: the same in every run, so that a gateway keeps no more devices than there are. */
export function loadIdentity(index: number): LoadIdentity {
  const hex = index.toString(16).padStart(6, "0");
  const deviceId = ["02:ea:45", hex.slice(0, 2), hex.slice(2, 4), hex.slice(4, 6)].join(":");
  return { index, deviceId, clientId: `00000000-0000-4000-8000-ea4500${hex}` };
}
