import { getLogger } from "@logtape/logtape";
import { EarshotError } from "../../../errors/mod.ts";
import type { HeldPermissions } from "../../../executable/mod.ts";
import { type Clock, raceSignal } from "../../../lifecycle/mod.ts";
import type { LinkHandlers, ServerLink } from "../contract.ts";
import { toolServersCommand } from "./launch.ts";
import { readLines } from "./lines.ts";
import {
  decodeReply,
  encodeLine,
  type HostReply,
  type HostRequest,
  MAX_LINE_BYTES,
  type StdioCommand,
} from "./messages.ts";

/** How much may wait to be read by the process, in bytes; beyond it, it hangs and is ended. */
const MAX_UNREAD_BYTES = 4 * MAX_LINE_BYTES;
/** The longest line of its stderr that is logged, in bytes. */
const MAX_STDERR_BYTES = 2_000;

const logger = getLogger(["earshot", "tools"]);

/** A request without its number. */
type Unnumbered = HostRequest extends infer Request
  ? Request extends { readonly id: number } ? Omit<Request, "id"> : never
  : never;

/** One process of tool servers from its start to its end. It ends when its stdin does. */
export class RunningProcess {
  readonly #child: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #clock: Clock;
  readonly #pending = new Map<number, PromiseWithResolvers<HostReply>>();
  readonly #links = new Map<number, LinkHandlers & { readonly server: string }>();
  readonly #commands = new Map<number, number>();
  readonly #ready = Promise.withResolvers<void>();
  #permissions: HeldPermissions | undefined;
  #unreadBytes = 0;
  #nextId = 1;
  #over = false;
  /** Resolves when the process is gone and all that it wrote was read; never rejects. */
  readonly ended: Promise<void>;

  /** Starts the process. */
  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
    const { program, args } = toolServersCommand();
    this.#child = new Deno.Command(program, {
      args: [...args],
      // The executable needs nothing of it, and ours has secrets. Deno itself finds its cache by it.
      clearEnv: Deno.build.standalone && Deno.build.os === "linux",
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#stdin = this.#child.stdin.getWriter();
    this.#stdin.closed.catch(() => {});
    this.#ready.promise.catch(() => {});
    this.ended = this.#watch();
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** The processes of the commands that it runs, each the head of a group. */
  get commandPids(): readonly number[] {
    return [...this.#commands.values()];
  }

  /** Resolves when it takes requests; rejects when it ends before. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** What it says that it may do. */
  get permissions(): HeldPermissions | undefined {
    return this.#permissions;
  }

  /** Starts a command and gives the link to it. */
  async open(command: StdioCommand, handlers: LinkHandlers, signal: AbortSignal): Promise<ServerLink> {
    const id = this.#nextId++;
    this.#links.set(id, { ...handlers, server: command.server });
    let opened: HostReply;
    try {
      opened = await this.#ask({ type: "open", ...command }, signal, id);
      if (opened.type !== "opened") throw unexpected(opened);
    } catch (thrown) {
      this.#links.delete(id);
      throw thrown;
    }
    return {
      tools: opened.tools,
      call: async (name, args, signal) => {
        const reply = await this.#ask({ type: "call", link: id, name, args }, signal);
        if (reply.type !== "result") throw unexpected(reply);
        return { text: reply.text, ...(reply.failed !== undefined && { failed: reply.failed }) };
      },
      refresh: async (signal) => void await this.#ask({ type: "refresh", link: id }, signal),
      close: async () => {
        this.#links.delete(id);
        if (!this.#over) await this.#ask({ type: "close", link: id }).catch(() => {});
        this.#commands.delete(id);
      },
    };
  }

  /** Sends a request; one that can no longer arrive is dropped, since the end of the process says enough. */
  send(request: HostRequest): void {
    const line = encodeLine(request);
    if (this.#unreadBytes + line.length > MAX_UNREAD_BYTES) return this.kill();
    this.#unreadBytes += line.length;
    this.#stdin.write(line).catch(() => {}).finally(() => this.#unreadBytes -= line.length);
  }

  /** Ends it by force. */
  kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
  }

  /** Closes its stdin, at which it ends its commands and itself, and kills it after `deadlineMs`; resolves when it is gone. */
  async close(deadlineMs: number): Promise<void> {
    const cancelKill = this.#clock.schedule(deadlineMs, () => this.kill());
    this.#stdin.close().catch(() => {});
    await this.ended;
    cancelKill();
  }

  async #ask(request: Unnumbered, signal?: AbortSignal, id = this.#nextId++): Promise<HostReply> {
    if (this.#over) throw this.#gone("it");
    signal?.throwIfAborted();
    const answer = Promise.withResolvers<HostReply>();
    this.#pending.set(id, answer);
    const numbered: HostRequest = { ...request, id };
    this.send(numbered);
    try {
      const reply = await raceSignal(answer.promise, signal);
      if (reply.type === "failed") throw new EarshotError(reply.code, reply.message);
      return reply;
    } catch (thrown) {
      if (signal?.aborted === true) this.send({ type: "cancel", id });
      throw thrown;
    } finally {
      this.#pending.delete(id);
    }
  }

  async #watch(): Promise<void> {
    const stdout = readLines(this.#child.stdout, {
      onLine: (line) => this.#receive(line),
      onTooLong: () => this.kill(),
    }, { maxBytes: MAX_LINE_BYTES });
    const stderr = readLines(this.#child.stderr, {
      onLine: (line) => logger.warn("{line}", { line }),
      onTooLong: () => {},
    }, { maxBytes: MAX_STDERR_BYTES });
    await Promise.allSettled([this.#child.status, stdout, stderr]);
    await this.#stdin.close().catch(() => {});
    this.#over = true;
    this.#ready.reject(this.#gone("it"));
    for (const { promise, reject } of this.#pending.values()) {
      promise.catch(() => {});
      reject(this.#gone("it"));
    }
    for (const { onEnd, server } of this.#links.values()) onEnd(this.#gone(server));
    this.#links.clear();
  }

  #receive(line: string): void {
    let reply: HostReply;
    try {
      reply = decodeReply(line);
    } catch {
      return this.kill();
    }
    switch (reply.type) {
      case "ready":
        this.#permissions = reply.permissions;
        return this.#ready.resolve();
      case "started":
        return void this.#commands.set(reply.id, reply.pid);
      case "tools":
        return this.#links.get(reply.link)?.onTools(reply.tools);
      case "ended": {
        const link = this.#links.get(reply.link);
        this.#commands.delete(reply.link);
        this.#links.delete(reply.link);
        return link?.onEnd(
          new EarshotError("tool.unavailable", `Cannot use ${link.server}: ${reply.message}`),
        );
      }
      default:
        if (reply.type === "failed") this.#commands.delete(reply.id);
        this.#pending.get(reply.id)?.resolve(reply);
    }
  }

  #gone(server: string): EarshotError {
    return new EarshotError(
      "tool.unavailable",
      `Cannot use ${server}: the process of tool servers has ended`,
    );
  }
}

function unexpected({ type }: HostReply): EarshotError {
  return new EarshotError("internal", `Cannot read the process of tool servers: ${type} is no answer`);
}
