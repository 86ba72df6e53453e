/** Where an event's fields are: in its line, after it, or some here and some there. */
export type FieldsPlace = "inline" | "after" | "both";

/** An event as it came. */
export interface HeardEvent {
  readonly type: string;
  /** Whatever stands there. */
  readonly version: unknown;
  readonly data: Readonly<Record<string, unknown>>;
  readonly payload: Uint8Array;
}

/** Reads Wyoming events out of pieces of whatever size. */
export class EventReader {
  #unread = new Uint8Array(0);

  /** Tells of each event that is whole. */
  push(bytes: Uint8Array, onEvent: (event: HeardEvent) => void): void {
    this.#unread = joined(this.#unread, bytes);
    for (;;) {
      const end = this.#unread.indexOf(10);
      if (end < 0) return;
      const { type, data, data_length = 0, payload_length = 0, version } = JSON.parse(
        text(this.#unread.subarray(0, end)),
      );
      const at = end + 1 + data_length;
      if (this.#unread.length < at + payload_length) return;
      const after = data_length > 0 ? JSON.parse(text(this.#unread.subarray(end + 1, at))) : {};
      const payload = this.#unread.slice(at, at + payload_length);
      this.#unread = this.#unread.slice(at + payload_length);
      onEvent({ type, version, data: { ...data, ...after }, payload });
    }
  }
}

/** An event as bytes. */
export function eventBytes(
  type: string,
  { data = {}, payload = new Uint8Array(0), place }: {
    readonly data?: Readonly<Record<string, unknown>>;
    readonly payload?: Uint8Array;
    readonly place: FieldsPlace;
  },
): Uint8Array<ArrayBuffer> {
  const fields = Object.entries(data);
  const split = { inline: fields.length, after: 0, both: Math.ceil(fields.length / 2) }[place];
  const block = split === fields.length
    ? new Uint8Array(0)
    : bytes(JSON.stringify(Object.fromEntries(fields.slice(split))));
  const line = {
    type,
    version: "1.5.4",
    ...(split > 0 && { data: Object.fromEntries(fields.slice(0, split)) }),
    ...(block.length > 0 && { data_length: block.length }),
    ...(payload.length > 0 && { payload_length: payload.length }),
  };
  return joined(bytes(`${JSON.stringify(line)}\n`), block, payload);
}

/** One after the other. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function text(part: Uint8Array): string {
  return new TextDecoder().decode(part);
}

function bytes(part: string): Uint8Array {
  return new TextEncoder().encode(part);
}
