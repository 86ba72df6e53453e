import type { JSONRPCMessage } from "@modelcontextprotocol/client";
import { EarshotError } from "../../../errors/mod.ts";
import { safeDetail } from "../../../net/mod.ts";
import { MAX_MESSAGE_BYTES } from "../limits.ts";
import type { OwnTransport } from "../official_rpc.ts";
import { readLines } from "./lines.ts";
import type { StdioCommand } from "./messages.ts";
import { signalGroup, startGroup } from "./process_group.ts";

/** How long a program has to end by itself once its stdin is closed, in ms. */
const GRACE_MS = 700;
/** How long it has after SIGTERM, in ms; SIGKILL follows. */
const TERM_MS = 500;
/** How long the system may take to end it after that, in ms. */
const KILL_MS = 500;
/** How much may wait to be read by a program, in bytes. */
const MAX_UNREAD_BYTES = 4 * MAX_MESSAGE_BYTES;
/** How many lines in a row may be no JSON-RPC, as of a program that writes its log to stdout. */
const MAX_GARBAGE_LINES = 1_000;
/** How long a line of its stderr is kept, in bytes. */
const MAX_STDERR_BYTES = 4_096;

/**
 * A program of the config as the official client's transport. The client's own leaves a stubborn program alive, and what a
 * program has started itself; this one ends the whole group.
 */
export class ChildTransport implements OwnTransport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly #command: StdioCommand;
  #child: Deno.ChildProcess | undefined;
  #stdin: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>> | undefined;
  #gone: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;
  #unreadBytes = 0;
  #garbage = 0;
  #lastWords = "";
  #end: string | undefined;

  /** Starts nothing yet; the command's environment is whole. */
  constructor(command: StdioCommand) {
    this.#command = command;
  }

  /** The program's process, which heads a group of its own. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Why it has ended: how the program did, or what was wrong with what it wrote. */
  get end(): string {
    return this.#end ?? "its connection has ended";
  }

  /** The last line of its stderr, fit for a message. It may hold anything, so it is told only where nothing was called. */
  get lastWords(): string {
    return safeDetail(this.#lastWords);
  }

  /** Starts the program. */
  start(): Promise<void> {
    const { command, env, cwd, server } = this.#command;
    let child: Deno.ChildProcess;
    try {
      child = startGroup(command, { env, cwd });
    } catch (cause) {
      const state = cause instanceof Deno.errors.NotFound
        ? `there is no program ${safeDetail(command[0] ?? "")}`
        : "its program cannot be started";
      throw new EarshotError("tool.unavailable", `Cannot start ${server}: ${state}`, { cause });
    }
    this.#child = child;
    this.#stdin = child.stdin.getWriter();
    this.#stdin.closed.catch(() => {});
    const stdout = readLines(child.stdout, {
      onLine: (line) => this.#receive(line),
      onTooLong: (head, tail) => this.#refuse(head, tail),
    }, { maxBytes: MAX_MESSAGE_BYTES }).catch(() => {});
    const stderr = readLines(child.stderr, {
      onLine: (line) => this.#lastWords = line,
      onTooLong: (head) => this.#lastWords = head,
    }, { maxBytes: MAX_STDERR_BYTES }).catch(() => {});
    this.#gone = this.#watch(child, [stdout, stderr]);
    return Promise.resolve();
  }

  /** Sends a message; rejects where the program has not read for too long. */
  async send(message: JSONRPCMessage): Promise<void> {
    const { server } = this.#command;
    const line = new TextEncoder().encode(`${JSON.stringify(message)}\n`);
    if (this.#stdin === undefined || this.#closed !== undefined) throw closedError(server, this.end);
    if (this.#unreadBytes + line.length > MAX_UNREAD_BYTES) {
      this.#fail("it does not read what it is sent");
      throw closedError(server, this.end);
    }
    this.#unreadBytes += line.length;
    try {
      await this.#stdin.write(line);
    } catch {
      throw closedError(server, this.end);
    } finally {
      this.#unreadBytes -= line.length;
    }
  }

  /** Ends the program and its group for good. Joins a close under way. */
  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  async #close(): Promise<void> {
    const { pid } = this;
    if (pid !== undefined) {
      this.#stdin?.close().catch(() => {});
      if (!await this.#goneWithin(GRACE_MS)) {
        await signalGroup(pid, "SIGTERM");
        await this.#goneWithin(TERM_MS);
      }
      // What it has started itself may still be there.
      await signalGroup(pid, "SIGKILL");
      try {
        this.#child?.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await this.#goneWithin(KILL_MS);
    }
    this.onclose?.();
  }

  async #goneWithin(ms: number): Promise<boolean> {
    const late = Promise.withResolvers<false>();
    const timer = setTimeout(() => late.resolve(false), ms);
    const gone = await Promise.race([this.#gone.then(() => true), late.promise]);
    clearTimeout(timer);
    return gone;
  }

  /** A program that has ended closes the connection, whatever still holds its pipes. */
  async #watch(child: Deno.ChildProcess, pipes: readonly Promise<void>[]): Promise<void> {
    const { code, signal } = await child.status;
    await signalGroup(child.pid, "SIGKILL");
    await Promise.all(pipes);
    this.#end ??= `its program ended with ${signal ?? code}`;
    void this.close();
  }

  #receive(line: string): void {
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch {
      message = undefined;
    }
    if (isMessage(message)) {
      this.#garbage = 0;
      this.onmessage?.(message);
    } else if (++this.#garbage > MAX_GARBAGE_LINES) {
      this.#fail("its program writes to stdout what is no JSON-RPC");
    }
  }

  /** An answer that is too large ends its call, if it says at either end which one that is; else nothing can be known. */
  #refuse(head: string, tail: string): void {
    const found = /^\{"jsonrpc": ?"2\.0", ?"id": ?(\d+)[,}]/.exec(head) ?? /"id": ?(\d+)\}\s*$/.exec(tail);
    if (found === null) return this.#fail("its program sent a message of more than 1 MiB");
    this.onmessage?.({
      jsonrpc: "2.0",
      id: Number(found[1]),
      error: { code: -32_000, message: "the result is larger than 1 MiB" },
    });
  }

  #fail(state: string): void {
    this.#end ??= state;
    void this.close();
  }
}

function isMessage(value: unknown): value is JSONRPCMessage {
  return typeof value === "object" && value !== null && "jsonrpc" in value && value.jsonrpc === "2.0";
}

function closedError(server: string, state: string): EarshotError {
  return new EarshotError("tool.unavailable", `Cannot use ${server}: ${state}`);
}
