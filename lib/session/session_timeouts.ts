import type { Clock, Scope } from "../lifecycle/mod.ts";
import type { SessionConfig } from "./config.ts";
import type { SessionEnd } from "./session_end.ts";

/** Options of {@linkcode watchTimeouts}. */
export interface SessionTimeoutsOptions {
  /** The session's scope, with which the watch ends. */
  readonly scope: Scope;
  readonly clock: Clock;
  readonly config: Pick<SessionConfig, "helloTimeoutMs" | "idleTimeoutMs" | "noSpeechMs">;
  /** How things stand, on the session's clock. */
  readonly state: () => {
    /** Whether the device has said hello. */
    readonly greeted: boolean;
    /** When the device sent something, or was owed something, the last time. */
    readonly lastActiveMs: number;
    /** For how long it has been listened to without anybody speaking. */
    readonly waitedMs: number;
  };
  /** Told which of them has passed. */
  readonly onTimeout: (end: Extract<SessionEnd["type"], "hello_timeout" | "idle" | "no_speech">) => void;
}

/** Watches for a device that says no hello, or nothing, or to which nobody speaks; with one timer at a time. */
export function watchTimeouts({ scope, clock, config, state, onTimeout }: SessionTimeoutsOptions): void {
  const helloDueMs = clock.nowMs() + config.helloTimeoutMs;
  let cancel = () => {};
  const check = () => {
    const nowMs = clock.nowMs();
    const { greeted, lastActiveMs, waitedMs } = state();
    const idleDueMs = lastActiveMs + config.idleTimeoutMs;
    const speechDueMs = nowMs + config.noSpeechMs - waitedMs;
    if (!greeted && nowMs >= helloDueMs) return onTimeout("hello_timeout");
    if (nowMs >= idleDueMs) return onTimeout("idle");
    if (nowMs >= speechDueMs) return onTimeout("no_speech");
    cancel = clock.schedule(
      Math.min(greeted ? Infinity : helloDueMs, idleDueMs, speechDueMs) - nowMs,
      check,
    );
  };
  check();
  scope.own("session timeouts", () => cancel());
}
