/**
 * The gateway of `churn.ts`, with an engine that takes a moment and a store that takes 2 s a write: `held` says what it holds, `hang` makes every
 * recognition hang from then on, whatever it is told, and `close` closes it.
 *
 *     deno run -A tests/soak/support/churn_gateway.ts deno|ws PING_TIMEOUT_SECONDS
 */
import { delay } from "@std/async";
import { Gateway, type GatewayStats } from "../../../lib/app/mod.ts";
import { loadTransport } from "../../../lib/server/mod.ts";
import type { EngineSound, JobOptions, Recognition } from "../../../lib/engine/mod.ts";
import { type CleanupReport, Scope } from "../../../lib/lifecycle/mod.ts";
import { Memory } from "../../../lib/memory/mod.ts";
import { type ProcessHeld, processHeld, serveMeasured } from "../../support/measured_server.ts";
import { builtIn } from "../../support/recognizers.ts";
import { configOf } from "../../support/config_of.ts";
import { FakeEngine } from "../../support/fake_engine.ts";

/** How long the store of what was said takes for one write, in ms. */
export const STORE_MS = 2_000;

/** What it answers to `held`. */
export type ChurnHeld = GatewayStats & ProcessHeld & {
  /** How long the sessions took to close that have closed since the last look, in ms. */
  readonly closeMs: readonly number[];
};

/** What it answers to `close`. */
export type ChurnClosed = Pick<CleanupReport, "total" | "ok" | "timedOut" | "durationMs">;

/** What it answers to each word. */
export type ChurnAnswers = {
  readonly held: ChurnHeld;
  readonly hang: ChurnHeld;
  readonly close: ChurnClosed;
};

/** Hears by loudness; finding the words takes 20 ms, or for ever. */
class MomentEngine extends FakeEngine {
  hangs = false;

  override async recognize(sound: EngineSound, options?: JobOptions): Promise<Recognition> {
    this.forget();
    if (this.hangs) await new Promise(() => {});
    await delay(20);
    return await super.recognize(sound, options);
  }

  override async hear(...args: Parameters<FakeEngine["hear"]>) {
    this.forget();
    return await super.hear(...args);
  }

  /** A test's engine keeps what it was asked; here that would be the growth that is looked for. */
  forget(): void {
    this.batches.length = 0;
    this.segments.length = 0;
    this.closedStreams.length = 0;
  }
}

if (import.meta.main) {
  await using scope = new Scope("soak", { closeDeadlineMs: 20_000 });
  const engine = new MomentEngine();
  const [name, seconds] = Deno.args;
  const config = configOf({
    server: { transport: name, hostname: "127.0.0.1", port: 0, pingTimeoutSeconds: Number(seconds) },
  });
  const { enabled: _, ...bounds } = config.memory;
  const dir = await Deno.makeTempDir({ prefix: "earshot-churn-" });
  const memory = await Memory.open({
    dir,
    scope,
    config: bounds,
    delayMs: (type) => type === "save" ? STORE_MS : 0,
  });
  const closeMs: number[] = [];
  const gateway = new Gateway({
    config,
    transport: await loadTransport(config.server.transport),
    scope,
    engines: engine,
    recognizers: builtIn(engine),
    memory,
    onEvent: (event) => {
      if (event.type !== "session_event" || event.event.type !== "closed") return;
      closeMs.push(event.event.report.durationMs);
    },
  });
  await gateway.listening;
  await serveMeasured(gateway.urls[0].websocket, async (word): Promise<ChurnHeld | ChurnClosed> => {
    engine.hangs = word === "hang" || engine.hangs;
    if (word !== "close") {
      const held = await processHeld();
      return { ...gateway.stats, ...held, closeMs: closeMs.splice(0) };
    }
    const { total, ok, timedOut, durationMs } = await gateway.close();
    return { total, ok, timedOut, durationMs };
  });
  await scope.close();
  await Deno.remove(dir, { recursive: true });
  Deno.exit(0);
}
