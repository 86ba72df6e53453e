import type { AudioChunk } from "../audio/mod.ts";
import { type Wire, type WireIo, WireStream, type WireStreamOptions } from "../service/mod.ts";
import type { AsrEvent, AsrStream } from "./contract.ts";

/** What a service says of one sentence. */
export type SentenceFacts = Omit<Extract<AsrEvent, { type: "final" }>, "type" | "droppedMs">;

/** What an {@linkcode AsrWire} can do. */
export interface AsrWireIo extends WireIo {
  /** The words of the sentence that is under way, all of them so far. */
  partial(text: string): void;
  /** A sentence is complete; an empty one is left out. */
  final(sentence: SentenceFacts): void;
}

/** How one recognition service talks, for one utterance. */
export type AsrWire = Wire<AudioChunk>;

/** Options of {@linkcode openWireStream}. */
export interface AsrWireStreamOptions extends WireStreamOptions {
  /** Makes the wire. */
  readonly wire: (io: AsrWireIo) => AsrWire;
}

/**
 * Opens an {@linkcode AsrStream} over a connection that carries messages: it resolves when the service takes
 * sound. Aborting `signal` destroys the connection. Rejects with `asr.*` or `canceled`.
 */
export async function openWireStream(options: AsrWireStreamOptions, signal: AbortSignal): Promise<AsrStream> {
  const stream = new AsrWireStream(options, signal);
  await stream.open(options.wire(stream));
  return stream;
}

/** Whether an event takes the place of an unread one: a partial result holds all the words so far. */
export function replacesPartial(newer: AsrEvent, unread: AsrEvent): boolean {
  return newer.type === "partial" && unread.type === "partial";
}

class AsrWireStream extends WireStream<AudioChunk, AsrEvent> implements AsrStream, AsrWireIo {
  constructor(options: WireStreamOptions, signal: AbortSignal) {
    super({ ...options, replaces: replacesPartial }, signal);
  }

  partial(text: string): void {
    if (text !== "") this.events.push({ type: "partial", text });
  }

  final(sentence: SentenceFacts): void {
    if (sentence.text !== "") this.events.push({ ...sentence, type: "final", droppedMs: 0 });
  }

  protected override onStarted(): void {
    this.events.push({ type: "started" });
  }

  protected override onEnded(): void {
    this.events.push({ type: "ended" });
  }
}
