import type { JsonObject } from "../protocol/mod.ts";
import { type Arguments, readArguments } from "./tool_arguments.ts";
import type { SimulatedTool } from "./simulated_tool.ts";

/** How long a page of the list may be, in bytes. */
const MAX_PAGE_BYTES = 8_000;
/** The firmware's own reserve for the end of a page. */
const PAGE_RESERVE_BYTES = 30;

/** How a simulated device answers to the Model Context Protocol. */
export interface SimulatedToolsOptions {
  readonly tools: readonly SimulatedTool[];
  /** What it says its firmware is. Default `2.4.2`. */
  readonly version?: string;
  /** How long it takes to introduce itself, in ms; `"never"` for one that does not. Default 0. */
  readonly initializeMs?: number | "never";
  /** Asked before each page of the list; what it gives is sent in its place. */
  readonly onList?: (cursor: string) => SimulatedReply | undefined;
}

/** What is sent in place of a proper answer: payloads as text, each as it is. */
export interface SimulatedReply {
  /** The payloads; none for a device that says nothing. */
  readonly payloads: readonly string[];
  /** How long that takes, in ms. Default 0. */
  readonly afterMs?: number;
}

/** A call that has reached the device. */
export interface ReceivedCall {
  readonly name: string;
  readonly arguments: JsonObject;
}

const encoder = new TextEncoder();
const SILENCE: SimulatedReply = { payloads: [] };

/**
 * The MCP server of a simulated device, as odd as firmware: ids are numbers, a page of the list has 8,000 bytes, errors
 * have no code and their text is not escaped, arguments of another type count as missing. It says what is to be sent; who
 * sends it keeps the order, since firmware does one thing after the other.
 */
export class SimulatedToolServer {
  /** Each call that came, in order. */
  readonly calls: ReceivedCall[] = [];
  /** Each method that was asked for, in order. */
  readonly methods: string[] = [];
  readonly #options: SimulatedToolsOptions;
  #vision: JsonObject | undefined;

  /** Nothing was asked yet. */
  constructor(options: SimulatedToolsOptions) {
    this.#options = options;
  }

  /** Where it was told to send its photos. */
  get vision(): JsonObject | undefined {
    return this.#vision;
  }

  /** What it says to a payload of the gateway. */
  answer(payload: JsonObject): SimulatedReply {
    const { jsonrpc, id, method, params = {} } = payload;
    const isRequest = jsonrpc === "2.0" && typeof method === "string" && !method.startsWith("notifications");
    if (!isRequest || typeof id !== "number" || !isObject(params)) return SILENCE;
    this.methods.push(method);
    switch (method) {
      case "initialize":
        return this.#initialize(id, params);
      case "tools/list":
        return this.#list(id, params);
      case "tools/call":
        return this.#call(id, params);
      default:
        return simulatedError(id, `Method not implemented: ${method}`);
    }
  }

  #initialize(id: number, { capabilities }: JsonObject): SimulatedReply {
    const { version = "2.4.2", initializeMs = 0 } = this.#options;
    const vision = isObject(capabilities) ? capabilities["vision"] : undefined;
    if (isObject(vision)) this.#vision = vision;
    if (initializeMs === "never") return SILENCE;
    const answer = {
      protocolVersion: "2024-11-05",
      capabilities: { tools: {} },
      serverInfo: { name: "simulated", version },
    };
    return { ...simulatedResult(id, answer), afterMs: initializeMs };
  }

  #list(id: number, { cursor = "", withUserTools = false }: JsonObject): SimulatedReply {
    const scripted = this.#options.onList?.(String(cursor));
    if (scripted !== undefined) return scripted;
    const { tools } = this.#options;
    const from = cursor === "" ? 0 : tools.findIndex(({ name }) => name === cursor);
    const shown = from < 0
      ? []
      : tools.slice(from).filter(({ userOnly = false }) => !userOnly || withUserTools === true);
    const page: string[] = [];
    let next = "";
    let sizeBytes = `{"tools":[`.length;
    for (const tool of shown) {
      const written = JSON.stringify(describe(tool));
      sizeBytes += encoder.encode(written).length + 1;
      if (sizeBytes + PAGE_RESERVE_BYTES > MAX_PAGE_BYTES) {
        next = tool.name;
        break;
      }
      page.push(written);
    }
    if (page.length === 0) {
      return simulatedError(id, `Failed to add tool ${next} because of payload size limit`);
    }
    const end = next === "" ? "" : `,"nextCursor":${JSON.stringify(next)}`;
    return { payloads: [`{"jsonrpc":"2.0","id":${id},"result":{"tools":[${page.join(",")}]${end}}}`] };
  }

  #call(id: number, { name, arguments: given }: JsonObject): SimulatedReply {
    if (typeof name !== "string") return simulatedError(id, "Missing name");
    const tool = this.#options.tools.find((each) => each.name === name);
    if (tool === undefined) return simulatedError(id, `Unknown tool: ${name}`);
    this.calls.push({ name, arguments: isObject(given) ? given : {} });
    const { reply, afterMs = 0, run } = tool;
    if (reply !== undefined) return { afterMs, ...reply(id) };
    let args: Arguments;
    try {
      args = readArguments(tool.properties ?? {}, isObject(given) ? given : {});
      const content = [block(run?.(args) ?? true)];
      return { ...simulatedResult(id, { content, isError: false }), afterMs };
    } catch (thrown) {
      return { ...simulatedError(id, thrown instanceof Error ? thrown.message : String(thrown)), afterMs };
    }
  }
}

/** A proper answer. */
export function simulatedResult(id: number, value: unknown): SimulatedReply {
  return { payloads: [JSON.stringify({ jsonrpc: "2.0", id, result: value })] };
}

/** An error as firmware writes it: without a code, and its text as it is. */
export function simulatedError(id: number, message: string): SimulatedReply {
  return { payloads: [`{"jsonrpc":"2.0","id":${id},"error":{"message":"${message}"}}`] };
}

function describe({ name, description, properties = {}, userOnly = false }: SimulatedTool): JsonObject {
  const required = Object.entries(properties).filter(([, property]) => property.default === undefined)
    .map(([key]) => key);
  return {
    name,
    description,
    inputSchema: { type: "object", properties, ...(required.length > 0 && { required }) },
    ...(userOnly && { annotations: { audience: ["user"] } }),
  };
}

/** A text whatever it is, but a picture, which is the text of a JSON object. */
function block(value: ReturnType<NonNullable<SimulatedTool["run"]>>): JsonObject {
  if (typeof value === "object" && "mimeType" in value) {
    return { type: "image", image: JSON.stringify({ type: "image", ...value }) };
  }
  return { type: "text", text: typeof value === "string" ? value : JSON.stringify(value) };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
