import { z } from "zod";
import { readReply } from "../read_reply.ts";
import { serviceError } from "../service_error.ts";
import type { ServiceName } from "../service_name.ts";

/** The most that an event's line may measure, in bytes. */
const MAX_LINE_BYTES = 65_536;
/** The most that its data and its payload may measure, in bytes each. */
const MAX_BLOCK_BYTES = 1_048_576;
const NEWLINE = 0x0a;
/** The version of the protocol whose events are spoken; no server asks. */
const VERSION = "1.7.0";

/** An event of the Wyoming protocol. */
export interface WyomingEvent {
  /** What happened, such as `transcript`. */
  readonly type: string;
  /** Its fields. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Its sound, if it has any. */
  readonly payload: Uint8Array;
}

/** An event as bytes: a line of JSON, then its data, then its payload. */
export function encodeWyomingEvent(
  type: string,
  { data = {}, payload = new Uint8Array(0) }: Partial<Omit<WyomingEvent, "type">> = {},
): Uint8Array {
  const encoder = new TextEncoder();
  const block = encoder.encode(JSON.stringify(data));
  const line = encoder.encode(
    `${
      JSON.stringify({
        type,
        version: VERSION,
        data_length: block.length,
        ...(payload.length > 0 && { payload_length: payload.length }),
      })
    }\n`,
  );
  const bytes = new Uint8Array(line.length + block.length + payload.length);
  bytes.set(line);
  bytes.set(block, line.length);
  bytes.set(payload, line.length + block.length);
  return bytes;
}

const fields = z.record(z.string(), z.unknown());
const blockLength = z.int().min(0).max(MAX_BLOCK_BYTES).nullish().transform((length) => length ?? 0);
const head = z.looseObject({
  type: z.string(),
  data: fields.nullish(),
  data_length: blockLength,
  payload_length: blockLength,
});

/** Reads events out of bytes that come in pieces of whatever size. */
export class WyomingReader {
  readonly #service: ServiceName;
  /** What came of the part that is not complete, in the first `#held` bytes. */
  #buffer = new Uint8Array(1_024);
  #held = 0;
  #head: z.output<typeof head> | undefined;
  #data: Readonly<Record<string, unknown>> | undefined;

  /** `service` is named in errors. */
  constructor(service: ServiceName) {
    this.#service = service;
  }

  /** Takes bytes, and tells of each event that is complete; throws the family's `protocol` error for what is none. */
  push(bytes: Uint8Array, onEvent: (event: WyomingEvent) => void): void {
    let rest = bytes;
    while (rest.length > 0) {
      rest = this.#head === undefined ? this.#takeLine(rest) : this.#takeBlock(rest, this.#head);
      const event = this.#complete();
      if (event !== undefined) onEvent(event);
    }
  }

  #takeLine(bytes: Uint8Array): Uint8Array {
    const end = bytes.indexOf(NEWLINE);
    const line = end < 0 ? bytes : bytes.subarray(0, end);
    if (this.#held + line.length > MAX_LINE_BYTES) {
      throw serviceError(this.#service, "protocol", { detail: "it sends a line without end" });
    }
    this.#hold(line);
    if (end < 0) return bytes.subarray(bytes.length);
    this.#head = readReply(this.#service, this.#text(), head);
    return bytes.subarray(end + 1);
  }

  #takeBlock(bytes: Uint8Array, { data_length, payload_length }: z.output<typeof head>): Uint8Array {
    const length = this.#data === undefined ? data_length : payload_length;
    const missing = length - this.#held;
    this.#hold(bytes.subarray(0, missing));
    return bytes.subarray(missing);
  }

  /** Moves on through an event as far as what came allows; empty parts need no bytes. */
  #complete(): WyomingEvent | undefined {
    if (this.#head === undefined) return undefined;
    const { type, data, data_length, payload_length } = this.#head;
    if (this.#data === undefined) {
      if (this.#held < data_length) return undefined;
      // Older peers put the fields into the line, newer ones after it; where both are, what comes after wins.
      const after = data_length === 0 ? {} : readReply(this.#service, this.#text(), fields);
      this.#data = { ...data, ...after };
    }
    if (this.#held < payload_length) return undefined;
    const event = { type, data: this.#data, payload: this.#take() };
    this.#head = undefined;
    this.#data = undefined;
    return event;
  }

  /** A copy: whoever gave the bytes may use their memory again. */
  #hold(bytes: Uint8Array): void {
    const held = this.#held + bytes.length;
    if (held > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(held, this.#buffer.length * 2));
      larger.set(this.#buffer.subarray(0, this.#held));
      this.#buffer = larger;
    }
    this.#buffer.set(bytes, this.#held);
    this.#held = held;
  }

  #text(): string {
    return new TextDecoder().decode(this.#take());
  }

  #take(): Uint8Array {
    const whole = this.#buffer.slice(0, this.#held);
    this.#held = 0;
    return whole;
  }
}
