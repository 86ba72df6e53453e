import { assert, assertEquals } from "@std/assert";
import { type CleanupReport, type Clock, systemClock } from "../../../lib/lifecycle/mod.ts";
import type { Transport } from "../../../lib/server/mod.ts";
import type { SessionEnd } from "../../../lib/session/mod.ts";
import { HandDevice } from "../../support/hand_device.ts";
import { TestGateway } from "../../support/test_gateway.ts";
import { openEngine } from "./engine_control.ts";
import type { Cell, Fault, Outcome } from "./fault.ts";
import { oneTurn, type State } from "./states.ts";

/** How long a session may take to end, in ms: beyond every deadline of {@linkcode CONFIG}. */
const END_DEADLINE_MS = 8_000;
/** How often a second device tries: an engine that is started anew may cost it a turn. */
const TRIES = 4;

const CONFIG = {
  session: {
    helloTimeoutMs: 5_000,
    idleTimeoutMs: 6_000,
    noPacketMs: 400,
    closeHandshakeMs: 1_200,
    closeMs: 3_000,
  },
  vad: { endSilenceMs: 400 },
  asr: { moonshine: { type: "moonshine", finalTimeoutMs: 500 } },
} as const;

type Closed = { readonly end: SessionEnd; readonly report: CleanupReport };

/**
 * Brings a device into a state and lets something go wrong. Throws unless the session does what it should, a turn
 * under way ends in `tts stop` for whoever can hear, a second device is served afterward, and nothing is left. Says
 * what became of the session: `goes on`, or how it ended.
 */
export async function runCell(http: Transport["name"], fault: Fault, state: State): Promise<string> {
  await using stack = new AsyncDisposableStack();
  const control = stack.use(await openEngine(fault.control ?? "scripted"));
  const memory = await fault.memory?.(stack);
  const { clock, jump } = jumpingClock();
  const gateway = stack.use(
    new TestGateway(control.engine, {
      ...CONFIG,
      ...fault.config,
      session: { ...CONFIG.session, ...fault.config?.session },
      server: { ...fault.config?.server, transport: http },
    }, {
      clock,
      ...(memory && { memory }),
      ...(fault.descriptorLimit !== undefined && { descriptorLimit: fault.descriptorLimit }),
    }),
  );
  await gateway.gateway.listening;
  const headers = { "Device-Id": "02:00:00:00:00:01" };
  const device = stack.use(await state.reach(gateway, control, headers));
  const cell: Cell = {
    gateway,
    device,
    control,
    headers,
    stack: stack.use(new AsyncDisposableStack()),
    jump,
  };

  await fault.strike(cell);
  const became = await follow(cell, fault, state);
  // What holds the answer in some states is no part of the fault.
  control.behave("answers");
  await fault.mend?.(cell);
  await serveAnother(gateway);
  device.drop();
  await cell.stack.disposeAsync();
  const report = await gateway.gateway.close();
  assertEquals(report.failed, [], "clean-up failed");
  for (const { report } of closedSessions(gateway)) {
    assertEquals(report.failed, [], "a session's clean-up failed");
    const deaf = fault.deaf === true || state.name === "closing";
    const late = report.timedOut.filter((name) => !(deaf && name.endsWith("/socket")));
    assertEquals(late, [], "a session's clean-up was late");
  }
  return became;
}

/** What should become of the session. */
export function outcomeOf(fault: Fault, state: State): Outcome {
  const outcome = fault.except?.[state.name] ?? fault.outcome;
  // Whoever has said goodbye is let go, whatever else happens.
  return state.name === "closing" && fault.except?.closing === undefined
    ? ["goodbye", "device_left"]
    : outcome;
}

async function follow(cell: Cell, fault: Fault, state: State): Promise<string> {
  const { gateway, device, control } = cell;
  const outcome = outcomeOf(fault, state);
  if (outcome === "goes on") {
    await state.goOn(device, fault.mend === undefined ? control : unmoved(control));
    return outcome;
  }
  const startedMs = performance.now();
  const closed = () => closedSessions(gateway)[0];
  while (closed() === undefined) {
    assert(performance.now() - startedMs < END_DEADLINE_MS, "the session did not end");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const type = closed()?.end.type;
  assert(
    type !== undefined && outcome.includes(type),
    `the session ended as ${type}, not as ${outcome.join(" or ")}`,
  );
  if (state.inTurn && fault.deaf !== true) {
    await device.until(() => device.said.includes("tts stop"), "told that the turn is over");
  }
  return type;
}

/** What the fault does to recognition stays as it is until it is mended. */
function unmoved(control: Cell["control"]): Cell["control"] {
  return {
    engine: control.engine,
    recognizing: false,
    speaking: false,
    speak: (text, options) => control.speak(text, options),
    behave() {},
    signal() {},
    async [Symbol.asyncDispose]() {},
  };
}

async function serveAnother(gateway: TestGateway): Promise<void> {
  for (let attempt = 1;; attempt++) {
    await using device = await HandDevice.greet(gateway);
    await oneTurn(device);
    if (device.said.some((said) => said.startsWith("stt segment"))) return;
    assert(attempt < TRIES, `a second device was not served: ${device.said.join(", ")}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

function closedSessions(gateway: TestGateway): Closed[] {
  return gateway.sessionEvents.flatMap((event) => event.type === "closed" ? [event] : []);
}

/** A clock that can jump forward; what was scheduled before falls due as much earlier. */
function jumpingClock(): { readonly clock: Clock; readonly jump: (ms: number) => void } {
  let offsetMs = 0;
  const pending = new Set<{ readonly dueMs: number; readonly callback: () => void; cancel: () => void }>();
  const clock: Clock = {
    nowMs: () => systemClock.nowMs() + offsetMs,
    schedule(delayMs, callback) {
      const timer = { dueMs: clock.nowMs() + delayMs, callback, cancel: () => {} };
      const fire = () => {
        pending.delete(timer);
        callback();
      };
      timer.cancel = systemClock.schedule(delayMs, fire);
      pending.add(timer);
      return () => {
        pending.delete(timer);
        timer.cancel();
      };
    },
  };
  return {
    clock,
    jump(ms) {
      offsetMs += ms;
      for (const timer of [...pending]) {
        if (timer.dueMs > clock.nowMs() || !pending.delete(timer)) continue;
        timer.cancel();
        timer.callback();
      }
    },
  };
}
