import type { LoadIdentity, LoadPlan } from "./load_plan.ts";
import type { Fault } from "./load_report.ts";
import type { LoadTally } from "./load_tally.ts";
import type { Pace } from "./pace.ts";
import type { PreparedPacket } from "./prepared_sound.ts";

/** What the calls of one device have in common. */
export interface CallContext {
  /** What it does. */
  readonly plan: LoadPlan;
  /** Its identity. */
  readonly identity: LoadIdentity;
  /** Where it counts. */
  readonly tally: LoadTally;
  /** When it sends. */
  readonly pace: Pace;
  /** The number of its next stamped packet. */
  readonly nextSeq: () => number;
}

/** One utterance, and how the device misbehaves in it. */
export interface Utterance {
  /** What is said. */
  readonly packets: readonly PreparedPacket[];
  /** What goes wrong, and how long after the first packet, in ms. */
  readonly fault?: { readonly kind: Fault; readonly afterMs: number };
}
