import type { VisionOffer } from "../vision_offer.ts";
import { EarshotError } from "../../errors/mod.ts";
import type { Clock, Scope } from "../../lifecycle/mod.ts";
import { CALL_MS, type JsonObject, type Tool, type ToolResult, type ToolSource } from "../contract.ts";
import { CHANGE_VOLUME, GET_STATUS, SET_VOLUME, VolumeChanger } from "./change_volume.ts";
import { DeviceRpc } from "./device_rpc.ts";
import type { CallOutcome, DeviceToolsShared } from "./device_tools_shared.ts";
import { introduce } from "./introduce.ts";
import { listDeviceTools } from "./list_device_tools.ts";
import { readDeviceResult } from "./read_device_result.ts";

/** The most characters of the arguments of a call, as JSON. */
const MAX_ARGUMENTS_CHARS = 16_384;
const NONE: readonly Tool[] = [];

/** Options of {@linkcode DeviceTools}. */
export interface DeviceToolsOptions {
  readonly clock: Clock;
  /** The session's: closing it rejects what is in flight at once. */
  readonly scope: Scope;
  /** Sends an `mcp` payload to the device; `false` where it cannot take it. Must not throw. */
  readonly send: (payload: JsonObject) => boolean;
  /** What all sessions share. */
  readonly shared: DeviceToolsShared;
  /** The device and the program on it, as its list is remembered by; none for a client that does not say who it is. */
  readonly key?: string | undefined;
  /** The version of its firmware, where it has said so before. */
  readonly firmwareVersion?: string | undefined;
  /** Where it sends its photos; it is told of no place without one. */
  readonly vision?: VisionOffer | undefined;
}

/**
 * The tools of one device, which is a server of the Model Context Protocol. It is asked what it has right after the hello;
 * what it had when it was here last, with the same firmware, counts until it has said so.
 */
export class DeviceTools implements ToolSource {
  /** What agents call it. */
  readonly name = "device";
  readonly #options: DeviceToolsOptions;
  readonly #rpc: DeviceRpc;
  readonly #volume: VolumeChanger;
  #started = false;
  /** What it has, for anybody and for people alone. */
  #tools: readonly Tool[] = NONE;
  /** Those that a language model may be offered, and ours. */
  #offered: readonly Tool[] = NONE;
  #operators: readonly Tool[] = NONE;
  #heldBytes = 0;
  /** The firmware whose list counts until the device has told its own. */
  #recalled: string | undefined;

  /** Asks nothing yet. */
  constructor(options: DeviceToolsOptions) {
    this.#options = options;
    const { clock, scope, send, shared } = options;
    this.#rpc = new DeviceRpc({ clock, send, onStray: (reason) => shared.strays[reason]++ });
    this.#volume = new VolumeChanger((name, args, call) => this.#call(name, args, { ...call }));
    // Before the turns are closed: whoever waits for a tool is told why.
    scope.signal.addEventListener("abort", () => this.#close(), { once: true });
  }

  /** What the device has; nothing for one without tools. */
  list(): readonly Tool[] {
    return this.#offered;
  }

  /** The device has been greeted, and has tools: asks for them. Later calls do nothing. */
  start(): void {
    const { scope } = this.#options;
    if (this.#started || scope.state !== "open") return;
    this.#started = true;
    this.#recall();
    scope.run("device tools", () => this.#ask());
  }

  /** An `mcp` message came; only enqueues, and never throws. */
  receive(payload: JsonObject): void {
    this.#rpc.receive(payload);
  }

  /** A text came that is no JSON. `true`: it is an error whose text is not escaped, which ends its call. */
  receiveUnreadable(text: string): boolean {
    const isAnswer = this.#started && this.#rpc.receiveUnreadable(text);
    if (isAnswer) this.#options.shared.strays.unescaped++;
    return isAnswer;
  }

  /** Calls a tool that {@linkcode DeviceTools.list} names. */
  call(name: string, args: JsonObject, signal: AbortSignal): Promise<ToolResult> {
    return this.#callOne(this.#offered, name, { args, signal });
  }

  /**
   * Asks the device for everything that it has, also for what no language model may call.
   *
   * @throws {EarshotError} `tool.unavailable`, or `canceled`
   */
  async listForOperator(signal: AbortSignal): Promise<readonly Tool[]> {
    const { shared } = this.#options;
    if (!this.#started || this.#rpc.closed) throw notThere();
    const { tools } = await listDeviceTools(this.#rpc, {
      withUserTools: true,
      mayHold: (bytes) => shared.hasRoom(bytes),
      signal,
    });
    if (signal.aborted) throw EarshotError.from(signal.reason, "canceled");
    if (this.#rpc.closed) throw notThere();
    const more = tools.filter(({ audience }) => audience === "operator");
    this.#operators = more;
    return [...this.#offered, ...more];
  }

  /** Calls a tool that {@linkcode DeviceTools.listForOperator} has named, on behalf of the operator alone. */
  callForOperator(name: string, args: JsonObject, signal: AbortSignal): Promise<ToolResult> {
    return this.#callOne([...this.#offered, ...this.#operators], name, { args, signal });
  }

  #callOne(
    tools: readonly Tool[],
    name: string,
    { args, signal }: { readonly args: JsonObject; readonly signal: AbortSignal },
  ): Promise<ToolResult> {
    const tool = tools.find((each) => each.name === name);
    if (tool === undefined) {
      return Promise.reject(
        new EarshotError("tool.unknown", "Cannot call the tool: the device has none of this name"),
      );
    }
    if (tool === CHANGE_VOLUME) {
      return this.#volume.change(args, { hasStatus: this.#has(GET_STATUS), signal });
    }
    return this.#call(name, args, { signal, timeoutMs: tool.timeoutMs ?? CALL_MS });
  }

  async #call(
    name: string,
    args: JsonObject,
    { signal, timeoutMs = CALL_MS }: { readonly signal: AbortSignal; readonly timeoutMs?: number },
  ): Promise<ToolResult> {
    const { calls } = this.#options.shared;
    if (JSON.stringify(args).length > MAX_ARGUMENTS_CHARS) {
      throw new EarshotError("tool.arguments", "Cannot call the tool: its arguments are too long");
    }
    try {
      const params = { name, arguments: args };
      const answer = await this.#rpc.request({ method: "tools/call", params, timeoutMs, signal });
      const result = answer.type === "result"
        ? readDeviceResult(answer.result)
        : { text: answer.message, failed: true };
      calls[result.failed === true ? "failed" : "ok"]++;
      return result;
    } catch (thrown) {
      calls[this.#outcomeOf(EarshotError.from(thrown))]++;
      throw thrown;
    }
  }

  #outcomeOf({ code }: EarshotError): CallOutcome {
    if (code === "tool.timeout") return "timeout";
    if (code === "canceled") return "canceled";
    return this.#rpc.closed ? "unavailable" : "refused";
  }

  /** What the device had when it was here last; with other firmware it may have something else. */
  #recall(): void {
    const { shared, key, firmwareVersion } = this.#options;
    const known = key === undefined ? undefined : shared.recall(key);
    if (known === undefined || !shared.hasRoom(known.sizeBytes)) return;
    if (firmwareVersion !== undefined && known.version !== "" && known.version !== firmwareVersion) return;
    this.#recalled = known.version;
    this.#take(known.tools, known.sizeBytes);
  }

  async #ask(): Promise<void> {
    const { shared, key, firmwareVersion, vision } = this.#options;
    const introduced = await introduce(this.#rpc, vision);
    if (introduced === undefined) {
      // It says that it has tools, and answers nothing.
      if (!this.#rpc.closed) shared.lists.failed++;
      this.#take(NONE, 0);
      return this.#rpc.close("it does not answer");
    }
    const version = introduced.version ?? firmwareVersion ?? "";
    const isKnown = this.#recalled === version;
    if (!isKnown) this.#take(NONE, 0);
    this.#rpc.open();
    const list = await listDeviceTools(this.#rpc, {
      withUserTools: false,
      mayHold: (bytes) => shared.hasRoom(bytes - this.#heldBytes),
      ...(!isKnown && { onPage: (tools, sizeBytes) => this.#take(tools, sizeBytes) }),
    });
    if (this.#rpc.closed) return;
    shared.lists[list.outcome]++;
    const isDone = list.outcome === "whole" || list.outcome === "cut";
    // What it had before is more than what it gave up telling.
    if (isKnown && !isDone) return;
    this.#take(list.tools, list.sizeBytes);
    const { sizeBytes } = list;
    if (isDone && key !== undefined) shared.remember(key, { version, tools: this.#tools, sizeBytes });
  }

  /** These are its tools from now on; the same ones change nothing. */
  #take(tools: readonly Tool[], sizeBytes: number): void {
    this.#options.shared.hold(sizeBytes - this.#heldBytes);
    this.#heldBytes = sizeBytes;
    this.#publish(tools);
  }

  #publish(tools: readonly Tool[]): void {
    if (tools.length === this.#tools.length && JSON.stringify(tools) === JSON.stringify(this.#tools)) return;
    this.#tools = tools;
    const offered = tools.filter(({ audience }) => audience !== "operator");
    const names = new Set(offered.map(({ name }) => name));
    const changesVolume = names.has(SET_VOLUME) && !names.has(CHANGE_VOLUME.name);
    this.#offered = changesVolume ? [...offered, CHANGE_VOLUME] : offered;
  }

  #has(name: string): boolean {
    return this.#tools.some((tool) => tool.name === name);
  }

  #close(): void {
    this.#rpc.close();
    this.#options.shared.hold(-this.#heldBytes);
    this.#heldBytes = 0;
  }
}

function notThere(): EarshotError {
  return new EarshotError("tool.unavailable", "Cannot ask the device: it has no tools, or has left");
}
