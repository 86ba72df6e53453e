import { EarshotError } from "../../../errors/mod.ts";
import { systemClock } from "../../../lifecycle/mod.ts";
import { McpLink } from "../mcp_link.ts";
import { openOfficial } from "../official_rpc.ts";
import { ChildTransport } from "./child_transport.ts";
import type { HostReply, HostRequest, StdioCommand } from "./messages.ts";

/** One command that runs, or is being started. */
interface Running {
  readonly transport: ChildTransport;
  /** Aborts the start. */
  readonly starting: AbortController;
  link?: McpLink;
}

/** What a {@linkcode ToolHost} is made with. */
export interface ToolHostOptions {
  /** Our version, which servers are told. */
  readonly version: string;
  /** What every command has in its environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly reply: (message: HostReply) => void;
}

/** The process of tool servers without its pipes: the commands that run, and their calls. */
export class ToolHost {
  readonly #options: ToolHostOptions;
  readonly #running = new Map<number, Running>();
  readonly #work = new Map<number, AbortController>();

  /** Runs nothing yet. */
  constructor(options: ToolHostOptions) {
    this.#options = options;
  }

  /** Does what the gateway asks; what goes wrong is its answer. */
  handle(request: Exclude<HostRequest, { readonly type: "setup" }>): void {
    const { id } = request;
    switch (request.type) {
      case "open":
        return this.#answer(id, (signal) => this.#open(id, request, signal));
      case "call":
        return this.#answer(id, async (signal) => {
          const { text, failed } = await this.#linkOf(request.link).call(request.name, request.args, signal);
          return { type: "result", id, text, ...(failed !== undefined && { failed }) };
        });
      case "refresh":
        return this.#answer(id, async (signal) => {
          await this.#linkOf(request.link).refresh(signal);
          return { type: "done", id };
        });
      case "close":
        return this.#answer(id, async () => {
          await this.#end(request.link);
          return { type: "done", id };
        });
      case "cancel":
        this.#running.get(id)?.starting.abort();
        return this.#work.get(id)?.abort();
    }
  }

  /** Ends every command for good. */
  async close(): Promise<void> {
    for (const work of this.#work.values()) work.abort();
    await Promise.all([...this.#running.keys()].map((id) => this.#end(id)));
  }

  #answer(id: number, work: (signal: AbortSignal) => Promise<HostReply>): void {
    const controller = new AbortController();
    this.#work.set(id, controller);
    work(controller.signal).catch((thrown): HostReply => {
      const { code, message } = EarshotError.from(thrown, "tool.failed");
      return { type: "failed", id, code, message };
    }).then((reply) => {
      this.#work.delete(id);
      this.#options.reply(reply);
    });
  }

  async #open(id: number, command: StdioCommand, signal: AbortSignal): Promise<HostReply> {
    const { server } = command;
    const { env, version, reply } = this.#options;
    const transport = new ChildTransport({ ...command, env: { ...env, ...command.env } });
    const running: Running = { transport, starting: new AbortController() };
    this.#running.set(id, running);
    // The official client takes the transport's handler over, so the start is told by one around it.
    const start = transport.start.bind(transport);
    transport.start = async () => {
      await start();
      if (transport.pid !== undefined) reply({ type: "started", id, pid: transport.pid });
    };
    try {
      const rpc = await openOfficial({
        server,
        transport,
        version,
        onChanged: () => running.link?.changed(),
        onClosed: () => this.#onClosed(id),
      }, signal);
      const link = await McpLink.open(rpc, {
        server,
        clock: systemClock,
        handlers: {
          onTools: (tools) => reply({ type: "tools", link: id, tools: [...tools] }),
          onEnd: () => {},
        },
      }, signal);
      running.link = link;
      return { type: "opened", id, tools: [...link.tools] };
    } catch (thrown) {
      this.#running.delete(id);
      await transport.close();
      throw startFault(server, transport, thrown);
    }
  }

  #linkOf(id: number): McpLink {
    const link = this.#running.get(id)?.link;
    if (link !== undefined) return link;
    throw new EarshotError("tool.unavailable", "Cannot call a tool: its server has ended");
  }

  /** A command has ended by itself, or was ended; one that was never up says so by its answer. */
  #onClosed(id: number): void {
    const running = this.#running.get(id);
    if (running?.link === undefined) return;
    this.#running.delete(id);
    this.#options.reply({ type: "ended", link: id, message: running.transport.end });
  }

  async #end(id: number): Promise<void> {
    const running = this.#running.get(id);
    running?.starting.abort();
    await running?.link?.close();
    await running?.transport.close();
    this.#running.delete(id);
  }
}

/** What a program says while it fails to start is the best that can be told; nothing was called yet. */
function startFault(server: string, { end, lastWords }: ChildTransport, thrown: unknown): EarshotError {
  const error = EarshotError.from(thrown, "tool.unavailable");
  if (error.code !== "tool.unavailable" || error.cause !== undefined) return error;
  const words = lastWords === "" ? "" : `; its last words: ${lastWords}`;
  return new EarshotError("tool.unavailable", `Cannot start ${server}: ${end}${words}`);
}
