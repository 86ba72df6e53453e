import { EarshotError } from "../errors/mod.ts";

/** The largest frame that either side of the engine's pipes takes, in bytes: a minute of 16 kHz sound is 1.9 MB. */
export const MAX_FRAME_BYTES = 8 * 1024 * 1024;

const PREFIX_BYTES = 8;

/** One message on the pipe: `u32 LE` bytes that follow, `u32 LE` bytes of header, the header as JSON, the body. */
export interface Frame {
  /** The parsed header; the reader checks its shape. */
  readonly header: unknown;
  /** What follows the header, in a buffer of its own, so that it can be viewed as samples and transferred. */
  readonly body: Uint8Array<ArrayBuffer>;
}

const EMPTY = new Uint8Array(0);
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** Lays a header and a body out as one frame; throws `internal` past {@linkcode MAX_FRAME_BYTES}. */
export function encodeFrame(header: unknown, body: Uint8Array = EMPTY): Uint8Array<ArrayBuffer> {
  const head = encoder.encode(JSON.stringify(header));
  const sizeBytes = PREFIX_BYTES + head.byteLength + body.byteLength;
  if (sizeBytes > MAX_FRAME_BYTES) {
    throw new EarshotError(
      "internal",
      `Cannot send to the engine: a frame of ${sizeBytes} bytes is too large`,
    );
  }
  const frame = new Uint8Array(sizeBytes);
  const view = new DataView(frame.buffer);
  view.setUint32(0, sizeBytes - 4, true);
  view.setUint32(4, head.byteLength, true);
  frame.set(head, PREFIX_BYTES);
  frame.set(body, PREFIX_BYTES + head.byteLength);
  return frame;
}

/** Cuts a stream of bytes into frames, however the pipe cut it; holds at most one frame. */
export class FrameDecoder {
  readonly #prefix = new Uint8Array(PREFIX_BYTES);
  #part: Uint8Array<ArrayBuffer> = this.#prefix;
  #filled = 0;
  #bodyBytes = 0;
  #header: unknown;

  /** Takes the next bytes and gives the frames that they complete; throws `internal` on a malformed one. */
  push(bytes: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    let at = 0;
    while (at < bytes.byteLength) {
      const taken = Math.min(bytes.byteLength - at, this.#part.byteLength - this.#filled);
      this.#part.set(bytes.subarray(at, at + taken), this.#filled);
      this.#filled += taken;
      at += taken;
      if (this.#filled === this.#part.byteLength) this.#complete(frames);
    }
    return frames;
  }

  /** The stream has ended; throws `internal` when it was cut inside a frame. */
  end(): void {
    if (this.#part !== this.#prefix || this.#filled > 0) throw malformed("the pipe ended inside a frame");
  }

  /** A part is full: the prefix gives the header's length, the header is parsed, the body makes the frame. */
  #complete(frames: Frame[]): void {
    if (this.#part === this.#prefix) {
      return this.#expect(new Uint8Array(this.#readPrefix()));
    }
    if (this.#header === undefined) {
      this.#header = parseHeader(this.#part);
      this.#expect(new Uint8Array(this.#bodyBytes));
      if (this.#bodyBytes > 0) return;
    }
    frames.push({ header: this.#header, body: this.#part });
    this.#header = undefined;
    this.#expect(this.#prefix);
  }

  #expect(part: Uint8Array<ArrayBuffer>): void {
    this.#part = part;
    this.#filled = 0;
  }

  /** Checks both lengths before anything is allocated by them. */
  #readPrefix(): number {
    const view = new DataView(this.#prefix.buffer);
    const restBytes = view.getUint32(0, true);
    const headerBytes = view.getUint32(4, true);
    if (restBytes > MAX_FRAME_BYTES - 4) throw malformed(`${restBytes} bytes announced`);
    if (headerBytes === 0 || headerBytes > restBytes - 4) throw malformed(`a header of ${headerBytes} bytes`);
    this.#bodyBytes = restBytes - 4 - headerBytes;
    return headerBytes;
  }
}

/** The frames of a pipe, until it ends; throws `internal` on a malformed one. */
export async function* readFrames(pipe: ReadableStream<Uint8Array>): AsyncGenerator<Frame, void, void> {
  const frames = new FrameDecoder();
  for await (const bytes of pipe) yield* frames.push(bytes);
  frames.end();
}

function parseHeader(bytes: Uint8Array): unknown {
  try {
    const header: unknown = JSON.parse(decoder.decode(bytes));
    if (typeof header === "object" && header !== null) return header;
  } catch {
    // Thrown below: the bytes would be of no use in the log.
  }
  throw malformed("its header is not a JSON object");
}

function malformed(state: string): EarshotError {
  return new EarshotError("internal", `Cannot read a frame of the engine: ${state}`);
}
