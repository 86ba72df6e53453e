import type { Agent } from "../../lib/agents/mod.ts";
import type { Config } from "../../lib/app/mod.ts";
import { MemoryBudget, SpeechEncoders } from "../../lib/audio/mod.ts";
import { DeviceHistories } from "../../lib/dialogue/mod.ts";
import type { Engine } from "../../lib/engine/mod.ts";
import { type Clock, Scope } from "../../lib/lifecycle/mod.ts";
import {
  createSessionCounters,
  InboxScheduler,
  type SessionServices,
  WakeWords,
} from "../../lib/session/mod.ts";
import { DeviceToolsShared } from "../../lib/tools/mod.ts";
import { VadBatcher } from "../../lib/vad/mod.ts";
import { configOf } from "./config_of.ts";

/** What a session needs of its process, for one that a test opens by itself; `changes` replace what is given here. */
export function sessionServices(
  engine: Pick<Engine, "hear" | "closeVadStream" | "releaseSound">,
  { clock, agentOf, config = configOf(), scope = new Scope("services", { clock }), ...changes }:
    & Partial<SessionServices>
    & {
      readonly clock: Clock;
      readonly agentOf: (deviceId: string | undefined) => Agent;
      readonly config?: Config;
      readonly scope?: Scope;
    },
): SessionServices {
  return {
    clock,
    agentOf,
    vad: new VadBatcher(engine, { clock }),
    inboxes: new InboxScheduler(clock),
    budget: new MemoryBudget(config.audio.budgetBytes),
    counters: createSessionCounters(),
    deviceTools: new DeviceToolsShared(),
    session: config.session,
    audio: { maxBytes: config.audio.maxBytes, maxDurationMs: config.audio.maxDurationMs },
    speech: config.vad,
    timeZone: "UTC",
    wakeWords: new WakeWords(config.session.wakeWords),
    answering: { encoders: new SpeechEncoders({ scope, clock }) },
    histories: new DeviceHistories(() => Promise.resolve({ turns: [], summary: "", throughMs: 0 })),
    ...changes,
  };
}
