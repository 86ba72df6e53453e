import type { EarshotError } from "../../errors/mod.ts";
import type { JsonObject, ToolResult } from "../contract.ts";

/** A tool as its MCP server lists it: what of it is used. */
export interface ListedTool {
  readonly name: string;
  readonly title?: string;
  readonly description: string;
  /** The JSON Schema of its arguments. */
  readonly parameters: JsonObject;
  /** It says that it changes nothing. */
  readonly readOnly: boolean;
  /** It says that it may destroy something. */
  readonly destructive: boolean;
}

/** Told of what happens on a link; synchronous, and must not throw. */
export interface LinkHandlers {
  /** The server has other tools now. */
  onTools(tools: readonly ListedTool[]): void;
  /** The link has ended by itself, and no call of it will succeed; may be called before the link is given, and again. */
  onEnd(fault: EarshotError): void;
}

/** A server that is connected and has told its tools. */
export interface ServerLink {
  /** What it listed first; later lists come by `onTools`. */
  readonly tools: readonly ListedTool[];
  /**
   * Calls a tool; aborting the signal cancels it at the server.
   *
   * @throws {EarshotError} `tool.*`, `canceled`, or a {@linkcode SessionGone}
   */
  call(name: string, args: JsonObject, signal: AbortSignal): Promise<ToolResult>;
  /** Reads the list anew, which shows at the same time whether the server still answers. */
  refresh(signal: AbortSignal): Promise<void>;
  /** Ends it within its own deadline; may be called twice. */
  close(): Promise<void>;
}

/** Connects to one server, which has told its tools once this resolves; aborting the signal gives it up. */
export type ConnectServer = (handlers: LinkHandlers, signal: AbortSignal) => Promise<ServerLink>;

/** What an MCP server answers, before anything of it is believed. */
export interface Rpc {
  /** Sends a request and resolves with its result. */
  request(method: string, params: JsonObject, signal: AbortSignal): Promise<unknown>;
  /** Ends the connection. */
  close(): Promise<void>;
}
