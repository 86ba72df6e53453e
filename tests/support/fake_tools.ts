import type { JsonObject, Tool, ToolResult, ToolSource } from "../../lib/tools/mod.ts";

/** What a tool of {@linkcode FakeTools} does when it is called. */
export type FakeCallOf = (args: JsonObject, signal: AbortSignal) => ToolResult | Promise<ToolResult>;

/** Tools that do what a test says, and keep a record of their calls. */
export class FakeTools implements ToolSource {
  readonly name: string;
  /** Every call, in order. */
  readonly calls: { readonly name: string; readonly args: JsonObject; readonly signal: AbortSignal }[] = [];
  readonly #tools = new Map<string, { readonly tool: Tool; readonly call: FakeCallOf }>();
  #list: readonly Tool[] = [];

  /** Has no tool yet. */
  constructor(name = "fake") {
    this.name = name;
  }

  /** Adds a tool; `text` is what it gives where it does nothing else. */
  add(name: string, tool: Partial<Tool> = {}, call: FakeCallOf = () => ({ text: `${name} is done` })): this {
    this.#tools.set(name, {
      tool: {
        name,
        description: `Does ${name}.`,
        parameters: { type: "object", properties: {} },
        kind: "act",
        audience: "everyone",
        approvedOnly: false,
        ...tool,
      },
      call,
    });
    this.#list = [...this.#tools.values()].map(({ tool }) => tool);
    return this;
  }

  list(): readonly Tool[] {
    return this.#list;
  }

  async call(name: string, args: JsonObject, signal: AbortSignal): Promise<ToolResult> {
    this.calls.push({ name, args, signal });
    const known = this.#tools.get(name);
    if (known === undefined) throw new Error(`there is no ${name}`);
    return await known.call(args, signal);
  }
}
