import { EarshotError } from "../../errors/mod.ts";
import { decodeFrame, type Frame, type FrameVersion } from "../../protocol/mod.ts";
import type { SessionCounters } from "../counters.ts";
import { StreamCheck } from "./stream_check.ts";

/** Options of a {@linkcode StreamReader}. */
export interface StreamReaderOptions {
  /** How the device says that it lays out its frames. */
  readonly frameVersion: FrameVersion;
  readonly counters: SessionCounters;
  /** Takes the Opus packet of a frame that came at `receivedMs`; whether it is sound. */
  readonly onPacket: (opus: Uint8Array, receivedMs: number) => boolean;
  /** Told of a message that came as a frame. */
  readonly onText: (text: string) => void;
  /** Told of a frame with a broken layout. Must not throw. */
  readonly onInvalid: (error: EarshotError) => void;
  /** Told that frames are laid out in another way than announced, which is followed from then on. Must not throw. */
  readonly onFraming: (framing: { readonly announced: FrameVersion; readonly seen: FrameVersion }) => void;
  /** Told what the stream looks like that cannot be heard; its frames are passed over until it begins anew. */
  readonly onUnhearable: (looksLike: string) => void;
}

/** Reads a device's stream of frames, and notices one that cannot be heard. */
export class StreamReader {
  readonly #options: StreamReaderOptions;
  readonly #onPacket: StreamReaderOptions["onPacket"];
  readonly #check = new StreamCheck();
  #frameVersion: FrameVersion;
  #listening = false;
  #unhearable = false;

  /** Passes frames on; nobody listens yet. */
  constructor(options: StreamReaderOptions) {
    this.#options = options;
    this.#onPacket = options.onPacket;
    this.#frameVersion = options.frameVersion;
  }

  /** The device begins to be listened to. */
  begin(): void {
    this.#check.restart();
    this.#listening = true;
    this.#unhearable = false;
  }

  /** No more frames come; whether they could be heard. */
  end(): boolean {
    const looksLike = this.#unhearable ? undefined : this.#check.end();
    this.#listening = false;
    this.#refuse(looksLike);
    return looksLike === undefined;
  }

  /** A binary message came, at `receivedMs`. */
  frame(bytes: Uint8Array, receivedMs: number): void {
    const { counters, onFraming, onText } = this.#options;
    if (this.#unhearable) {
      counters.audioUndecodable++;
      return;
    }
    const seen = this.#check.otherVersion(bytes, this.#frameVersion);
    if (seen !== undefined) {
      onFraming({ announced: this.#frameVersion, seen });
      this.#frameVersion = seen;
    }
    const frame = this.#decode(bytes);
    if (frame?.type === "json") return onText(new TextDecoder().decode(frame.payload));
    const heard = frame !== undefined && this.#onPacket(frame.payload, receivedMs);
    if (this.#listening) this.#refuse(this.#check.frame(bytes, frame?.payload, heard));
  }

  /** A text message came that means nothing to us: some clients send sound as text. */
  text(text: string): void {
    if (this.#listening && !this.#unhearable) this.#refuse(this.#check.text(text));
  }

  #refuse(looksLike: string | undefined): void {
    if (looksLike === undefined) return;
    this.#listening = false;
    this.#unhearable = true;
    this.#options.counters.streamsUnhearable++;
    this.#options.onUnhearable(looksLike);
  }

  #decode(bytes: Uint8Array): Frame | undefined {
    try {
      return decodeFrame(this.#frameVersion, bytes);
    } catch (thrown) {
      const error = EarshotError.from(thrown);
      if (error.code !== "protocol.invalid_frame") throw thrown;
      this.#options.counters.framesInvalid++;
      this.#options.onInvalid(error);
      return undefined;
    }
  }
}
