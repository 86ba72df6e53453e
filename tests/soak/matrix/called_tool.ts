import { assertEquals } from "@std/assert";
import type { GatewayParts } from "../../../lib/app/mod.ts";
import {
  McpReplies,
  type SimulatedReply,
  simulatedResult,
  SimulatedToolServer,
} from "../../../lib/device/mod.ts";
import { Scope, systemClock } from "../../../lib/lifecycle/mod.ts";
import { openToolServers, toolsConfig, type ToolServers } from "../../../lib/tools/mod.ts";
import { type ToolBehavior, ToolEmulator } from "../../support/emulators/tool_emulator.ts";
import type { ScriptedCall } from "../../support/emulators/call_shapes.ts";
import { HandDevice, type HandDeviceHost } from "../../support/hand_device.ts";
import { isAlive, stdioPeer } from "../../support/mcp/peers.ts";
import { until } from "../../support/until.ts";

/** Where a tool is, and what it does when an answer calls it. */
export type ToolScript =
  /** An MCP server over HTTP; `tool`: what is called of it. Default: one that changes something. */
  | { readonly at: "http"; readonly does: ToolBehavior; readonly tool?: "look" }
  /** The command of an MCP server, of the peer's tools; `faults` are those of the peer. */
  | {
    readonly at: "command";
    readonly tool: "wait" | "flood" | "learn" | "die";
    readonly faults?: readonly string[];
  }
  /** The device, and what it sends. */
  | { readonly at: "device"; readonly reply: (id: number) => SimulatedReply };

/** The name of the server in the config. */
const SERVER = "home";

/** What the device gives where nothing is wrong. */
export const deviceResult = (id: number): SimulatedReply =>
  simulatedResult(id, { content: [{ type: "text", text: "done" }], isError: false });
const SILENCE: SimulatedReply = { payloads: [] };

/** Keeps the call, for {@linkcode CalledTool.release}. */
export const held = (): SimulatedReply => SILENCE;

/** The tool that the answers of a cell call; disposing fails where something of it is left open. */
export class CalledTool implements AsyncDisposable {
  readonly #scope = new Scope("tools of a cell", { clock: systemClock });
  readonly #http: ToolEmulator | undefined;
  #script: ToolScript;
  #servers: ToolServers | undefined;
  #deviceReplies: McpReplies | undefined;
  #ids: number[] = [];
  #sendLate: () => void = () => {};

  private constructor(script: ToolScript, http: ToolEmulator | undefined) {
    this.#script = script;
    this.#http = http;
    if (http !== undefined && script.at === "http") http.behavior = script.does;
  }

  /** Starts what it needs, and waits until its server is up. */
  static async open(script: ToolScript): Promise<CalledTool> {
    const http = script.at === "http" ? await ToolEmulator.start() : undefined;
    const tool = new CalledTool(script, http);
    if (script.at === "device") return tool;
    const block = http === undefined
      ? stdioPeer(script.at === "command" ? script.faults : [])
      : { type: "http", url: http.url };
    const config = toolsConfig.parse({ servers: { [SERVER]: block } });
    tool.#servers = await openToolServers(config, {
      scope: tool.#scope,
      clock: systemClock,
      version: "test",
      random: () => 0,
    });
    await tool.#servers.ready(SERVER, AbortSignal.timeout(20_000));
    return tool;
  }

  /** For the gateway. */
  get parts(): GatewayParts["tools"] {
    return this.#servers && { sources: this.#servers.sources, servers: this.#servers };
  }

  /** For the agent's list: this and nothing else. */
  get allow(): string {
    return this.#script.at === "device" ? "device" : SERVER;
  }

  /** Its server as the config names it; absent for a device's own tool. */
  get servers(): Readonly<Record<string, { readonly type: string; readonly url: string }>> | undefined {
    return this.#script.at === "device"
      ? undefined
      : { [SERVER]: { type: "http", url: "http://localhost:1" } };
  }

  /** What the model calls. */
  get call(): ScriptedCall {
    const script = this.#script;
    const name = script.at === "device" ? "lamp" : script.tool ?? "lamp";
    return { name, arguments: "{}" };
  }

  /** What it calls in the next turn. */
  get nextCall(): ScriptedCall {
    return { name: this.#script.at === "command" ? "echo" : "lamp", arguments: '{"level":3}' };
  }

  /** Whether it was called. */
  get called(): boolean {
    if (this.#script.at === "device") return this.#ids.length > 0;
    return this.#http === undefined ? this.#servers?.stats[0]?.active === 1 : this.#http.calls > 0;
  }

  /** Calls that nobody has answered. */
  get pending(): number {
    return (this.#http?.pending ?? 0) + (this.#servers?.stats[0]?.active ?? 0);
  }

  /** The device greets, as one with tools where that is where the tool is. */
  async greet(host: HandDeviceHost, headers: Readonly<Record<string, string>>): Promise<HandDevice> {
    const script = this.#script;
    if (script.at !== "device") return await HandDevice.greet(host, { headers });
    const server = new SimulatedToolServer({
      tools: [{ name: "lamp", description: "Does lamp.", reply: (id) => this.#deviceReply(id) }],
    });
    const device = await HandDevice.open(host, {
      headers,
      onMessage: ({ type, payload }) => {
        if (type === "mcp") replies.receive({ ...Object(payload) });
      },
    });
    const send = (payload: string) => device.say(`{"type":"mcp","payload":${payload}}`);
    const replies = new McpReplies(server, { send });
    this.#deviceReplies = replies;
    this.#sendLate = () => this.#ids.forEach((id) => deviceResult(id).payloads.forEach(send));
    device.say({ type: "hello", features: { mcp: true } });
    await device.until(() => server.methods.includes("tools/list"), "the list of tools");
    await device.settled();
    return device;
  }

  /** What it was called for is answered after all. */
  release(): void {
    this.#http?.release();
    this.#sendLate();
  }

  /** Kills the command, or the process that runs all commands. */
  kill(what: "command" | "process"): void {
    const { pid, commandPids } = this.#servers?.process ?? { commandPids: [] };
    const [victim] = what === "command" ? commandPids : [pid];
    if (victim === undefined) throw new Error(`Cannot kill the ${what}: there is none`);
    Deno.kill(victim, "SIGKILL");
  }

  /** Its server drops every connection, and refuses others. */
  async down(): Promise<void> {
    await this.#http?.down();
  }

  /** It does what it should from now on; waits until it is there again, unless its server is down. */
  async heal(): Promise<void> {
    if (this.#script.at === "device") this.#script = { at: "device", reply: deviceResult };
    if (this.#http !== undefined) {
      this.#http.behavior = { does: "answer", text: "done" };
      if (this.#http.isDown) return;
    }
    const servers = this.#servers;
    if (servers !== undefined) await until(() => servers.stats[0]?.up === true, "the server");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { pid, commandPids = [] } = this.#servers?.process ?? {};
    this.#deviceReplies?.close();
    const report = await this.#scope.close();
    try {
      assertEquals([report.failed, report.timedOut], [[], []], "closing the tool servers");
      const pids = [...commandPids, ...(pid === undefined ? [] : [pid])];
      await until(() => !pids.some(isAlive), "the end of every process");
      await until(() => this.#http === undefined || this.#http.open === 0, "the end of every socket");
    } finally {
      await this.#http?.[Symbol.asyncDispose]();
    }
  }

  #deviceReply(id: number): SimulatedReply {
    this.#ids.push(id);
    return this.#script.at === "device" ? this.#script.reply(id) : SILENCE;
  }
}
