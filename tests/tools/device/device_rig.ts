import { McpReplies, SimulatedToolServer, type SimulatedToolsOptions } from "../../../lib/device/mod.ts";
import { Scope } from "../../../lib/lifecycle/mod.ts";
import {
  DeviceTools,
  type DeviceToolsOptions,
  DeviceToolsShared,
  type JsonObject,
} from "../../../lib/tools/mod.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";

/** A device's tools on a clock of the test's own, with a simulated device behind them unless told otherwise. */
export class DeviceRig implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly scope = new Scope("session", { clock: this.clock });
  readonly shared: DeviceToolsShared;
  readonly tools: DeviceTools;
  /** What was sent to the device. */
  readonly sent: JsonObject[] = [];
  readonly server: SimulatedToolServer | undefined;
  /** Whether the device takes what is sent. */
  takes = true;
  readonly #replies: McpReplies | undefined;

  constructor(
    simulated?: SimulatedToolsOptions,
    { shared = new DeviceToolsShared(), ...options }: Partial<DeviceToolsOptions> = {},
  ) {
    this.shared = shared;
    this.server = simulated && new SimulatedToolServer(simulated);
    this.#replies = this.server &&
      new McpReplies(this.server, { clock: this.clock, send: (payload) => this.text(payload) });
    this.tools = new DeviceTools({
      clock: this.clock,
      scope: this.scope,
      shared,
      send: (payload) => {
        if (!this.takes) return false;
        this.sent.push(payload);
        // As over a socket: the answer comes later.
        queueMicrotask(() => this.#replies?.receive(payload));
        return true;
      },
      ...options,
    });
  }

  /** A device that has said what it has. */
  static async started(
    simulated: SimulatedToolsOptions,
    options: Partial<DeviceToolsOptions> = {},
  ): Promise<DeviceRig> {
    const rig = new DeviceRig(simulated, options);
    rig.tools.start();
    await settle();
    return rig;
  }

  /** The names of what a model may be offered. */
  get names(): readonly string[] {
    return this.tools.list().map(({ name }) => name);
  }

  /** The methods that the device was sent, in order. */
  get methods(): readonly unknown[] {
    return this.sent.map(({ method }) => method);
  }

  /** The last id that was sent. */
  get lastId(): unknown {
    return this.sent.at(-1)?.["id"];
  }

  /** The device sends a payload, as a session takes it: what is no JSON is looked at once more. */
  text(payload: string): void {
    try {
      this.tools.receive(JSON.parse(payload));
    } catch {
      this.tools.receiveUnreadable(`{"session_id":"s1","type":"mcp","payload":${payload}}`);
    }
  }

  /** The device answers what it was asked last. */
  answer(result: unknown, id: unknown = this.lastId): void {
    this.tools.receive({ jsonrpc: "2.0", id, result });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#replies?.close();
    const report = await this.scope.close();
    const { pending } = this.clock;
    const left = { ok: report.ok === report.total, pending, held: this.shared.heldBytes };
    if (!left.ok || pending > 0) {
      throw new Error(`Cannot end the test: something is left: ${JSON.stringify(left)}`);
    }
  }
}

/** A signal that never aborts. */
export const NEVER: AbortSignal = new AbortController().signal;
