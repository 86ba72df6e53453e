import { isUnpaddedSpeech, opusPacketDurationMs, opusPacketMake } from "../../audio/mod.ts";
import { type FrameVersion, frameVersionOf } from "../../protocol/mod.ts";
import { ForeignHeader } from "./foreign_header.ts";

/** Among how many of the newest frames those are counted that are no sound. */
const WINDOW = 12;
/** How many of them it takes at least: single packets may be broken. */
const LEAST_BAD = 3;
/** And how many where they are so big that no broken packet is one: a part of a stream, of which few come a second. */
const LEAST_BAD_BIG = 2;
/** No frame of Opus is bigger, in bytes. */
const MAX_OPUS_FRAME_BYTES = 1_275;
/** How many frames of a connection may show that they are laid out in another way than announced. */
const FIRST_FRAMES = 8;
/** No encoder makes more of a second of sound (510 kbit/s). */
const MAX_BYTES_PER_MS = 64;
/** Its coder of speech makes at most so much, of two channels (80 kbit/s each), unless packets are filled up. */
const MAX_SPEECH_BYTES_PER_MS = 24;
/** How many text messages that are none of the protocol show that they are meant to be sound. */
const LEAST_TEXTS = 3;
/** What is shorter may be a message that we do not know, in characters. */
const SHORTEST_TEXT = 60;
/** Opus packets of so many bytes are no text by chance. */
const SHORTEST_TEXT_BYTES = 24;

const TEXT = "text; send Opus packets as binary messages";
const HEADER = "Opus packets behind a header of another kind; send them bare, or as version 2 or 3 has it";
/** Among how many of the newest changes an encoder has made a packet before as it makes the next. */
const MAKES = 6;
/** How many frames are kept in mind to say what they look like. */
const SHOWN_FRAMES = 4;

/** What files and streams begin with that clients send instead of bare Opus packets. */
const BEGINNINGS: readonly {
  readonly name: string;
  readonly at: number;
  readonly bytes: readonly number[];
}[] = [
  { name: "Ogg; send its Opus packets, one in each message", at: 0, bytes: [0x4f, 0x67, 0x67, 0x53] },
  { name: "WebM; send its Opus packets, one in each message", at: 0, bytes: [0x1a, 0x45, 0xdf, 0xa3] },
  { name: "a WAV file; encode it as Opus", at: 0, bytes: [0x52, 0x49, 0x46, 0x46] },
  { name: "FLAC; encode it as Opus", at: 0, bytes: [0x66, 0x4c, 0x61, 0x43] },
  { name: "MP3; encode it as Opus", at: 0, bytes: [0x49, 0x44, 0x33] },
  { name: "MP4; encode it as Opus", at: 4, bytes: [0x66, 0x74, 0x79, 0x70] },
  { name: "JSON in a binary message; send it as text", at: 0, bytes: [0x7b, 0x22] },
];

/** A frame as it came, and what became of it. */
interface Shown {
  readonly bytes: Uint8Array;
  readonly durationMs: number | undefined;
}

/**
 * Notices a stream that cannot be heard, from its first frames: another layout than announced, or no Opus at all. An
 * encoder keeps to one packet duration, or to a few, and to one range of sizes; other bytes read as Opus do not.
 */
export class StreamCheck {
  #frames = 0;
  #seen = 0;
  /** The newest frames, a bit each: whether it is no sound. */
  #bad = 0;
  #lastMs: number | undefined;
  /** How the newest packets were made. */
  #makes: readonly number[] = [];
  #shown: readonly Shown[] = [];
  readonly #header = new ForeignHeader();
  /** Text messages since it began that may be sound, while nothing else came. */
  #texts = 0;

  /** The device begins to be listened to. */
  restart(): void {
    this.#seen = this.#bad = this.#texts = 0;
    this.#lastMs = undefined;
    this.#makes = [];
    this.#shown = [];
    this.#header.restart();
  }

  /** The layout that one of the first frames shows plainly, where it is not the one that was announced. */
  otherVersion(bytes: Uint8Array, announced: FrameVersion): 2 | 3 | undefined {
    if (announced === "gateway" || ++this.#frames > FIRST_FRAMES) return undefined;
    const shown = frameVersionOf(bytes);
    return shown === announced ? undefined : shown;
  }

  /**
   * Takes note of a frame whose payload, where the layout was right, was `opus`, which could be decoded or not. Gives
   * what the stream looks like once it is plain that it cannot be heard.
   */
  frame(bytes: Uint8Array, opus: Uint8Array | undefined, decoded: boolean): string | undefined {
    const durationMs = opus && opusPacketDurationMs(opus);
    const make = opus && opusPacketMake(opus);
    const alike = this.#seen === 0 || durationMs === this.#lastMs || this.#makes.includes(make ?? -1);
    const sound = decoded && opus !== undefined && isPlausible(opus) && alike;
    this.#lastMs = durationMs;
    if (make !== this.#makes.at(-1)) this.#makes = [...this.#makes, make ?? -1].slice(-MAKES);
    this.#bad = (this.#bad << 1 | (sound ? 0 : 1)) & (1 << WINDOW) - 1;
    this.#seen++;
    if (this.#shown.length < SHOWN_FRAMES) {
      this.#shown = [...this.#shown, { bytes, durationMs: opusPacketDurationMs(bytes) }];
    }
    if (this.#header.push(opus ?? bytes)) return HEADER;
    const bad = bitsOf(this.#bad);
    const plain = this.#seen === 1 && beginningOf(bytes) !== undefined;
    const leastBad = bytes.length > MAX_OPUS_FRAME_BYTES ? LEAST_BAD_BIG : LEAST_BAD;
    return plain || bad >= leastBad && 2 * bad > Math.min(this.#seen, WINDOW) ? this.#look() : undefined;
  }

  /** The same of a text message that is none of the protocol. */
  text(text: string): string | undefined {
    if (this.#seen > 0 || text.length < SHORTEST_TEXT) return undefined;
    return ++this.#texts < LEAST_TEXTS ? undefined : TEXT;
  }

  /** The same where no more frames come: what the stream looks like if none of them was sound. */
  end(): string | undefined {
    if (this.#seen === 0 && this.#texts > 0) return TEXT;
    if (this.#seen <= WINDOW && this.#header.found) return HEADER;
    return this.#seen > 0 && this.#seen <= WINDOW && bitsOf(this.#bad) === this.#seen
      ? this.#look()
      : undefined;
  }

  #look(): string {
    const [first] = this.#shown;
    const beginning = first && beginningOf(first.bytes);
    if (beginning !== undefined) return beginning;
    if (this.#shown.every(({ bytes }) => isText(bytes))) return TEXT;
    if (this.#header.found) return HEADER;
    const sizes = new Set(this.#shown.map(({ bytes }) => bytes.length));
    const [size = 0] = sizes;
    const durations = new Set(this.#shown.map(({ durationMs }) => durationMs));
    const [durationMs] = durations;
    if (durations.size === 1 && durationMs !== undefined && size / durationMs < MAX_BYTES_PER_MS) {
      return "bare Opus packets, the framing of version 1; announce it as Protocol-Version";
    }
    if (sizes.size === 1 && size % 2 === 0 && size >= 160) {
      return `raw PCM, ${size} bytes a message; encode it as Opus`;
    }
    return "no Opus packets, one in each message";
  }
}

function isPlausible(opus: Uint8Array): boolean {
  const durationMs = opusPacketDurationMs(opus) ?? 0;
  const maxBytesPerMs = isUnpaddedSpeech(opus) ? MAX_SPEECH_BYTES_PER_MS : MAX_BYTES_PER_MS;
  return opus.length <= durationMs * maxBytesPerMs && !isText(opus) &&
    !(opus.length > 8 && opus.every((byte) => byte === 0));
}

function isText(bytes: Uint8Array): boolean {
  return bytes.length >= SHORTEST_TEXT_BYTES &&
    bytes.every((byte) => byte >= 0x20 && byte < 0x7f || byte === 0x0a);
}

function beginningOf(bytes: Uint8Array): string | undefined {
  return BEGINNINGS.find(({ at, bytes: wanted }) => wanted.every((byte, index) => bytes[at + index] === byte))
    ?.name;
}

function bitsOf(mask: number): number {
  let count = 0;
  for (let rest = mask; rest > 0; rest >>= 1) count += rest & 1;
  return count;
}
