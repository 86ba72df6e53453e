import type { AudioBuffer } from "../audio/mod.ts";
import type { Clock, Scope } from "../lifecycle/mod.ts";
import type { SessionConfig } from "./config.ts";
import type { SessionCounters } from "./counters.ts";

/** What the parts of a session share. */
export interface SessionContext {
  /** The session's scope, which owns what they open. */
  readonly scope: Scope;
  readonly clock: Clock;
  readonly counters: SessionCounters;
  readonly config: SessionConfig;
  /** The session's sound: it waits here until it was judged, and is recognized from here. */
  readonly buffer: AudioBuffer;
}
