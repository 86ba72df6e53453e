import { EarshotError } from "../../errors/mod.ts";
import type { Clock } from "../../lifecycle/mod.ts";
import type { JsonObject } from "../contract.ts";
import { readDeviceAnswer, readUnescapedError } from "./read_device_answer.ts";

/** How many calls wait behind the one in flight; one more is refused. */
const MAX_WAITING = 8;
/** How many ids are remembered whose answer did not come in time. */
const MAX_LATE_IDS = 64;

/** What is wrong with an answer that nobody waits for. */
export type StrayReason = "unknown" | "repeated" | "late" | "malformed";

/** What a device answers to a request. */
export type DeviceAnswer =
  | { readonly type: "result"; readonly result: unknown }
  /** The device says what is wrong, in words. */
  | { readonly type: "error"; readonly message: string };

/** Options of a {@linkcode DeviceRpc}. */
export interface DeviceRpcOptions {
  readonly clock: Clock;
  /** Sends a payload to the device; `false` where it cannot take it. */
  readonly send: (payload: JsonObject) => boolean;
  /** Told of each answer that nobody waits for. Must not throw. */
  readonly onStray: (reason: StrayReason) => void;
}

/** What is asked of a device. */
export interface DeviceRequest {
  readonly method: "initialize" | "tools/list" | "tools/call";
  readonly params: JsonObject;
  /** How long the answer may take once the request was sent, in ms. */
  readonly timeoutMs: number;
  /** Gives the request up: one that was sent keeps its place until the device has answered. Default: never. */
  readonly signal?: AbortSignal;
}

/** A request that waits, or is in flight. */
interface Pending {
  readonly request: DeviceRequest;
  readonly answer: PromiseWithResolvers<DeviceAnswer>;
  /** Removes its listener. */
  readonly release: () => void;
}

/**
 * JSON-RPC with a device, which does one thing at a time: one request is in flight, calls wait in a bounded queue. Ids are
 * numbers from 1; firmware takes no others, and some brokers drop 0.
 */
export class DeviceRpc {
  readonly #options: DeviceRpcOptions;
  readonly #calls: Pending[] = [];
  /** What this side wants to know by itself: one at a time, after calls. */
  readonly #own: Pending[] = [];
  readonly #lateIds = new Set<number>();
  #flight: { readonly id: number; readonly pending: Pending; readonly cancelTimer: () => void } | undefined;
  #lastId = 0;
  #open = false;
  #closed = false;

  /** Nothing is sent yet. */
  constructor(options: DeviceRpcOptions) {
    this.#options = options;
  }

  /** Whether it takes no more requests. */
  get closed(): boolean {
    return this.#closed;
  }

  /** The device has introduced itself: what was to be called may be. */
  open(): void {
    this.#open = true;
    this.#pump();
  }

  /**
   * Asks the device. Calls wait until it is open, and for one another.
   *
   * @throws {EarshotError} `tool.timeout`, `tool.unavailable`, or `canceled`
   */
  request(request: DeviceRequest): Promise<DeviceAnswer> {
    const { signal, method } = request;
    if (this.#closed) return Promise.reject(unavailable("it has left"));
    if (signal?.aborted) return Promise.reject(canceled());
    const isCall = method === "tools/call";
    if (isCall && this.#calls.length >= MAX_WAITING) {
      return Promise.reject(unavailable(`${MAX_WAITING} calls wait already`));
    }
    const onAbort = () => this.#giveUp(pending);
    const pending: Pending = {
      request,
      answer: Promise.withResolvers<DeviceAnswer>(),
      release: () => signal?.removeEventListener("abort", onAbort),
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    (isCall ? this.#calls : this.#own).push(pending);
    this.#pump();
    return pending.answer.promise;
  }

  /** The device has sent a payload; never throws. */
  receive(payload: JsonObject): void {
    const read = readDeviceAnswer(payload);
    if (read.type === "request") return; // it has nothing to ask
    if (read.type === "malformed") return this.#options.onStray("malformed");
    this.#answered(read.id, read.answer);
  }

  /** A text came that is no JSON: `true` if it is an answer whose error text is not escaped, as firmware writes it. */
  receiveUnreadable(text: string): boolean {
    const read = readUnescapedError(text);
    if (read === undefined) return false;
    this.#answered(read.id, { type: "error", message: read.message });
    return true;
  }

  /** Rejects everything at once, and takes nothing more. May be called twice. */
  close(reason = "it has left"): void {
    this.#closed = true;
    const flight = this.#flight;
    this.#flight = undefined;
    flight?.cancelTimer();
    const pending = [...this.#own.splice(0), ...this.#calls.splice(0)];
    for (const each of flight === undefined ? pending : [flight.pending, ...pending]) {
      fail(each, unavailable(reason));
    }
  }

  #answered(id: unknown, answer: DeviceAnswer): void {
    const flight = this.#flight;
    if (flight === undefined || flight.id !== id) return this.#options.onStray(this.#strayReason(id));
    this.#flight = undefined;
    flight.cancelTimer();
    succeed(flight.pending, answer);
    this.#pump();
  }

  #strayReason(id: unknown): StrayReason {
    const wasAsked = typeof id === "number" && Number.isInteger(id) && id > 0 && id <= this.#lastId;
    if (!wasAsked) return "unknown";
    return this.#lateIds.delete(id) ? "late" : "repeated";
  }

  /** Sends the next request once the one before is out of the way. */
  #pump(): void {
    while (this.#flight === undefined && !this.#closed) {
      const pending = (this.#open ? this.#calls.shift() : undefined) ?? this.#own.shift();
      if (pending === undefined) return;
      this.#send(pending);
    }
  }

  #send(pending: Pending): void {
    const { clock, send } = this.#options;
    const { method, params, timeoutMs } = pending.request;
    const id = ++this.#lastId;
    if (!send({ jsonrpc: "2.0", id, method, params })) {
      return fail(pending, unavailable("it reads nothing"));
    }
    const cancelTimer = clock.schedule(timeoutMs, () => this.#expired(id, pending));
    this.#flight = { id, pending, cancelTimer };
  }

  #expired(id: number, pending: Pending): void {
    this.#flight = undefined;
    this.#lateIds.add(id);
    const [oldest = id] = this.#lateIds;
    if (this.#lateIds.size > MAX_LATE_IDS) this.#lateIds.delete(oldest);
    const { timeoutMs } = pending.request;
    fail(
      pending,
      new EarshotError("tool.timeout", `Cannot ask the device: no answer within ${timeoutMs} ms`),
    );
    this.#pump();
  }

  #giveUp(pending: Pending): void {
    for (const waiting of [this.#calls, this.#own]) {
      const at = waiting.indexOf(pending);
      if (at >= 0) waiting.splice(at, 1);
    }
    fail(pending, canceled());
  }
}

function succeed(pending: Pending, answer: DeviceAnswer): void {
  pending.release();
  pending.answer.resolve(answer);
}

function fail(pending: Pending, error: EarshotError): void {
  pending.release();
  pending.answer.reject(error);
}

function unavailable(state: string): EarshotError {
  return new EarshotError("tool.unavailable", `Cannot ask the device: ${state}`);
}

function canceled(): EarshotError {
  return new EarshotError("canceled", "Cannot ask the device: the call was given up");
}
