import type { Agent, AnswerSettings } from "../agents/mod.ts";
import { EarshotError } from "../errors/mod.ts";
import type { Clock, Scope } from "../lifecycle/mod.ts";
import {
  type DeviceTools,
  listTools,
  type ShownTool,
  type ToolResult,
  type ToolSource,
  tryTool,
} from "../tools/mod.ts";
import type { SessionTools } from "./session_tools.ts";

/** Options of {@linkcode OperatorTools}. */
export interface OperatorToolsOptions {
  readonly scope: Scope;
  readonly clock: Clock;
  readonly tools: SessionTools;
  readonly deviceTools: DeviceTools;
  /** The device's agent now. */
  readonly agentOf: () => Agent;
}

/** The tools of a session's device for its operator: all of them, also those that no language model may call. */
export interface DeviceOperator {
  /**
   * Lists them, and which of them the agent may call.
   *
   * @throws {EarshotError} `device.mute` where the agent answers nothing, `tool.unavailable`, `canceled`
   */
  list(signal: AbortSignal): Promise<{ readonly agent: string; readonly tools: readonly ShownTool[] }>;
  /**
   * Calls one, by `SOURCE.TOOL`, its name, or what the language model calls it, with arguments as JSON.
   *
   * @throws {EarshotError} `device.mute`, `tool.*`, `canceled`
   */
  try(
    call: { readonly name: string; readonly json: string },
    signal: AbortSignal,
  ): Promise<Pick<ToolResult, "text" | "failed">>;
}

/** See {@linkcode DeviceOperator}. */
export class OperatorTools implements DeviceOperator {
  readonly #options: OperatorToolsOptions;

  /** Asks nothing yet. */
  constructor(options: OperatorToolsOptions) {
    this.#options = options;
  }

  async list(
    signal: AbortSignal,
  ): Promise<{ readonly agent: string; readonly tools: readonly ShownTool[] }> {
    const { agentOf, tools } = this.#options;
    const { name } = agentOf();
    const settings = this.#settings();
    return { agent: name, tools: listTools(await this.#sources(settings, signal), tools.rightsOf(settings)) };
  }

  async try(call: { readonly name: string; readonly json: string }, signal: AbortSignal): Promise<
    Pick<ToolResult, "text" | "failed">
  > {
    const { tools, scope, clock } = this.#options;
    const settings = this.#settings();
    const sources = await this.#sources(settings, signal);
    return await tryTool(call, { sources, rights: tools.rightsOf(settings), clock, scope, signal });
  }

  #settings(): AnswerSettings {
    const { answers, name } = this.#options.agentOf();
    if (answers !== undefined) return answers;
    throw new EarshotError("device.mute", `Cannot look at tools: agent ${name} answers nothing`);
  }

  /** The sources of the agent, the device with all that it has. */
  async #sources(settings: AnswerSettings, signal: AbortSignal): Promise<readonly ToolSource[]> {
    const { tools, deviceTools } = this.#options;
    const device = deviceTools.list().length === 0 ? [] : await deviceTools.listForOperator(signal);
    return tools.sourcesOf(settings).map((source) =>
      source !== deviceTools ? source : {
        name: deviceTools.name,
        list: () => device,
        call: (name, args, life) => deviceTools.callForOperator(name, args, life),
      }
    );
  }
}
