import { EarshotError } from "../errors/mod.ts";
import { type Clock, systemClock } from "../lifecycle/mod.ts";
import { engineProgram } from "./engine_launch.ts";
import { readFrames } from "./frame_codec.ts";
import { encodeMessage } from "./message_codec.ts";
import type { EngineReply, EngineRequest } from "./messages.ts";
import { decodeReply } from "./reply_schema.ts";
import { readLines } from "./stderr_lines.ts";

/** How an engine process ended. */
export interface EngineEnd {
  /** Its exit code; 128 and the signal's number when a signal ended it. */
  readonly code: number;
  /** The signal that ended it. */
  readonly signal: string | null;
  /** What it wrote that could not be read; it was killed for that. */
  readonly fault?: EarshotError;
}

/** Receives what an engine process writes. */
export interface EngineListener {
  /** A reply came. */
  onReply(reply: EngineReply): void;
  /** A line of its stderr came. */
  onLine(line: string): void;
}

/** One engine process from its start to its end, with its three pipes. It ends when its stdin does. */
export class EngineProcess {
  readonly #child: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  /** Resolves, once, when the process is gone and all that it wrote was read; never rejects. */
  readonly ended: Promise<EngineEnd>;

  /** Starts this executable with `args`; throws what `Deno.Command` throws, such as a missing permission. */
  constructor(args: readonly string[], listener: EngineListener) {
    this.#child = new Deno.Command(engineProgram(), {
      args: [...args],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#stdin = this.#child.stdin.getWriter();
    this.ended = this.#watch(listener);
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Sends a request; one that can no longer arrive is dropped, since the end of the process says enough. */
  send(request: EngineRequest): void {
    this.#stdin.write(encodeMessage(request)).catch(() => {});
  }

  /** Ends it by force. */
  kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
  }

  /** Closes its stdin, at which it ends, and kills it after `deadlineMs`; resolves when it is gone. */
  async close(deadlineMs: number, clock: Clock = systemClock): Promise<EngineEnd> {
    const cancelKill = clock.schedule(deadlineMs, () => this.kill());
    this.#stdin.close().catch(() => {});
    const end = await this.ended;
    cancelKill();
    return end;
  }

  async #watch(listener: EngineListener): Promise<EngineEnd> {
    const [status, fault] = await Promise.all([
      this.#child.status,
      this.#readReplies(listener),
      this.#readStderr(listener),
    ]);
    await this.#stdin.close().catch(() => {});
    return { code: status.code, signal: status.signal, ...(fault && { fault }) };
  }

  async #readReplies(listener: EngineListener): Promise<EarshotError | undefined> {
    try {
      for await (const frame of readFrames(this.#child.stdout)) listener.onReply(decodeReply(frame));
      return undefined;
    } catch (error) {
      this.kill();
      return EarshotError.from(error);
    }
  }

  async #readStderr(listener: EngineListener): Promise<void> {
    for await (const line of readLines(this.#child.stderr)) listener.onLine(line);
  }
}
