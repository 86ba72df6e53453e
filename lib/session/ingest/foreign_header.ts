/** How many frames that differ are looked at together. */
const BLOCK = 8;
/** How many such blocks of a stream are looked at; later on it is known to be sound. */
const MAX_BLOCKS = 3;
/** How many frames are enough where a field is the length of each of them. */
const LEAST_FRAMES = 3;
/** How many different lengths show that such a field is no accident. */
const LEAST_LENGTHS = 3;
/** Where a header is looked for, in bytes. */
const HEADER_BYTES = 16;
/** What is shorter is hardly speech behind a header, in bytes. */
const SHORTEST_BYTES = 20;
/** Packets of an encoder share at most so many bytes in a row, but for those of hum and tones. */
const MAX_SHARED_BYTES = 4;
/** Headers begin so that read as Opus they are 10 ms of narrowband, or 2.5 ms (RTP): no encoder of speech makes those. */
const HEADERS_BEGIN: readonly (number | undefined)[] = [0x00, 0x80];

/** Reads a field of two bytes. */
type Read = (view: DataView, at: number) => number;
const FIELDS: readonly Read[] = [(view, at) => view.getUint16(at), (view, at) => view.getUint16(at, true)];

/** Frames with a length before each packet: the size of that header, and where in it the length is. */
const CHAINS: readonly { readonly headerBytes: number; readonly at: number; readonly read: Read }[] = FIELDS
  .flatMap((read) => [{ headerBytes: 2, at: 0, read }, { headerBytes: 4, at: 2, read }]);

/**
 * Notices a header of somebody's own before the Opus packets, of which most read as Opus too, as ten milliseconds of
 * nothing: by a field that is the length of the frame, whatever that is, or by bytes that never change.
 */
export class ForeignHeader {
  #frames: Uint8Array[] = [];
  #blocks = 0;

  /** The device begins to be listened to. */
  restart(): void {
    this.#frames = [];
    this.#blocks = 0;
  }

  /** One more frame as it came; whether it is plain by now that there is such a header. */
  push(frame: Uint8Array): boolean {
    if (this.#blocks === MAX_BLOCKS || frame.length < SHORTEST_BYTES) return false;
    // A frame that was there already, as of digital silence, says nothing new.
    if (this.#frames.some((other) => isSame(other, frame))) return false;
    this.#frames.push(frame);
    if (this.#frames.length < BLOCK) return false;
    const seen = this.found || lengthsOf(this.#frames) >= LEAST_LENGTHS && sharesBytes(this.#frames);
    this.#frames = [];
    this.#blocks++;
    return seen;
  }

  /** Whether the frames that were not yet looked at show one. */
  get found(): boolean {
    const frames = this.#frames;
    if (frames.length < LEAST_FRAMES) return false;
    const chained = CHAINS.some((chain) => frames.every((frame) => isChain(frame, chain)));
    return chained || lengthsOf(frames) >= LEAST_LENGTHS && FIELDS.some((read) => tellsLength(frames, read));
  }
}

/** Whether a field within the header is the length of each frame, but for what is always the same. */
function tellsLength(frames: readonly Uint8Array[], read: Read): boolean {
  const views = frames.map(viewOf);
  for (let at = 0; at + 2 <= HEADER_BYTES; at++) {
    const others = new Set(views.map((view) => view.byteLength - read(view, at)));
    const [other = -1] = others;
    if (others.size === 1 && Math.abs(other) <= HEADER_BYTES) return true;
  }
  return false;
}

/** Whether a frame is nothing but packets with the length of each before it. */
function isChain(frame: Uint8Array, { headerBytes, at, read }: (typeof CHAINS)[number]): boolean {
  const view = viewOf(frame);
  let next = 0;
  while (next + headerBytes <= frame.length) {
    const bytes = read(view, next + at);
    if (bytes === 0) return false;
    next += headerBytes + bytes;
  }
  return next === frame.length;
}

function sharesBytes(frames: readonly Uint8Array[]): boolean {
  if (!frames.every(([first]) => HEADERS_BEGIN.includes(first))) return false;
  let shared = 0;
  for (let at = 0; at < HEADER_BYTES && shared <= MAX_SHARED_BYTES; at++) {
    shared = frames.every((frame) => frame[at] === frames[0]?.[at]) ? shared + 1 : 0;
  }
  return shared > MAX_SHARED_BYTES;
}

function lengthsOf(frames: readonly Uint8Array[]): number {
  return new Set(frames.map(({ length }) => length)).size;
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

function viewOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}
