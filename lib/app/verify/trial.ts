import { NO_ANSWERS } from "../../agents/mod.ts";
import { capabilitiesOf, segmentService } from "../../asr/mod.ts";
import { SimulatedDevice } from "../../device/mod.ts";
import { EarshotError } from "../../errors/mod.ts";
import { Scope, withDeadline } from "../../lifecycle/mod.ts";
import { Memory, type MemoryOptions } from "../../memory/mod.ts";
import type { SessionEvent } from "../../session/mod.ts";
import { type Config, configSchema } from "../config.ts";
import { Gateway } from "../gateway.ts";
import { tone } from "../tone.ts";
import { ScriptedEngine } from "./scripted_engine.ts";

const DEADLINE_MS = 10_000;
const LOOK_EVERY_MS = 5;

/** What a {@linkcode Trial} is made with. */
export interface TrialOptions {
  /** The `audio` block, where it differs from the defaults. */
  readonly audio?: Partial<Config["audio"]>;
  /** Makes the disk slower; without it nothing is kept. */
  readonly diskDelayMs?: NonNullable<MemoryOptions["delayMs"]>;
  /** Where its directory is made; the system's own place for such without it. */
  readonly dir?: string | undefined;
}

/** A real gateway on a free port of this machine, with a scripted engine, for one check. */
export class Trial implements AsyncDisposable {
  /** The gateway. */
  readonly gateway: Gateway;
  /** What keeps what was said, where the check wants it. */
  readonly memory: Memory | undefined;
  readonly #scope: Scope;
  readonly #dir: string | undefined;
  readonly #ended: Extract<SessionEvent, { type: "closed" }>[];

  private constructor(parts: {
    readonly gateway: Gateway;
    readonly memory: Memory | undefined;
    readonly scope: Scope;
    readonly dir: string | undefined;
    readonly ended: Extract<SessionEvent, { type: "closed" }>[];
  }) {
    this.gateway = parts.gateway;
    this.memory = parts.memory;
    this.#scope = parts.scope;
    this.#dir = parts.dir;
    this.#ended = parts.ended;
  }

  /** Opens the gateway, with a directory of its own when something is kept. */
  static async open({ audio = {}, diskDelayMs, dir: parent }: TrialOptions = {}): Promise<Trial> {
    const prefix = "earshot-verify-";
    const dir = diskDelayMs &&
      await Deno.makeTempDir(parent === undefined ? { prefix } : { prefix, dir: parent });
    const scope = new Scope("verify", { closeDeadlineMs: 10_000 });
    try {
      const config = configSchema.parse({
        server: { hostname: "127.0.0.1", port: 0 },
        agents: { default: { llm: NO_ANSWERS } },
        limits: { audio },
      });
      const memory = dir === undefined ? undefined : await Memory.open({
        dir,
        scope,
        config: config.memory,
        ...(diskDelayMs && { delayMs: diskDelayMs }),
      });
      const ended: Extract<SessionEvent, { type: "closed" }>[] = [];
      const engines = new ScriptedEngine();
      const moonshine = {
        ...segmentService(engines),
        name: "moonshine",
        capabilities: capabilitiesOf({ type: "moonshine" }),
      };
      const gateway = new Gateway({
        config,
        scope,
        engines,
        recognizers: new Map([["moonshine", moonshine]]),
        memory,
        onEvent: (event) => {
          if (event.type === "session_event" && event.event.type === "closed") ended.push(event.event);
        },
      });
      return new Trial({ gateway, memory, scope, dir, ended });
    } catch (thrown) {
      await scope.close();
      if (dir !== undefined) await Deno.remove(dir, { recursive: true });
      throw thrown;
    }
  }

  /** Where devices connect. */
  get url(): URL {
    return new URL(this.gateway.urls[0].websocket);
  }

  /** A device says something, gets its answer, and is gone; resolves with how its session was closed. */
  async session(
    deviceId: string,
    signal: AbortSignal,
  ): Promise<Extract<SessionEvent, { type: "closed" }>> {
    const before = this.#ended.length;
    const device = await SimulatedDevice.connect(
      { url: this.url, mode: "manual", paceFactor: 4, deviceId },
      signal,
    );
    try {
      await device.say(tone(600));
    } finally {
      device.drop();
      await device.closed;
    }
    await this.until(() => this.#ended.length > before, "the session to close", signal);
    const [closed] = this.#ended.slice(-1);
    if (closed === undefined) throw new EarshotError("internal", "Cannot judge: no session was closed");
    return closed;
  }

  /** Resolves once something is so. Rejects with `lifecycle.deadline` after 10 s. */
  async until(condition: () => boolean, what: string, signal: AbortSignal): Promise<void> {
    let over = false;
    const looking = async () => {
      while (!over && !condition()) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    };
    try {
      await withDeadline(looking(), DEADLINE_MS, { what, signal });
    } finally {
      over = true;
    }
  }

  /** Closes everything and removes what was kept. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope.close();
    if (this.#dir !== undefined) await Deno.remove(this.#dir, { recursive: true });
  }
}
