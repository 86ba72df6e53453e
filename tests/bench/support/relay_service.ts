import { OggFramer } from "../../../lib/asr/sound_framer.ts";
import type { AsrAdapter, AsrOpenOptions, AsrStream } from "../../../lib/asr/mod.ts";
import { openWireStream, type Wire, type WireIo } from "../../../lib/asr/wire_stream.ts";
import type { AudioChunk } from "../../../lib/audio/mod.ts";
import { openSocket } from "../../../lib/net/mod.ts";

/** How packets leave: as they are, or muxed into Ogg pages of so many ms. */
export type RelayFraming = "plain" | { readonly pageMs: number };

/**
 * A recogniser that takes the device's packets and answers nothing but a first word: what a pass-through costs at
 * least, over the same outbound sockets and the same streams as the real ones.
 */
export function relayService(url: string, framing: RelayFraming): AsrAdapter {
  return {
    name: "relay",
    capabilities: {
      streaming: true,
      partials: true,
      endpointing: true,
      encodings: ["opus"],
      sampleRatesHz: [16_000],
      languages: "any",
    },
    open: ({ onWritable }: AsrOpenOptions, signal: AbortSignal): Promise<AsrStream> =>
      openWireStream({
        service: "relay",
        connect: (handlers, life) => openSocket({ url }, handlers, life),
        wire: (io) => framing === "plain" ? new PlainWire(io) : new OggWire(io, framing.pageMs),
        ...(onWritable && { onWritable }),
      }, signal),
  };
}

class PlainWire implements Wire {
  protected readonly io: WireIo;

  constructor(io: WireIo) {
    this.io = io;
  }

  opened(): void {
    this.io.started();
    this.io.partial("word");
  }

  write({ opus }: AudioChunk): void {
    this.io.send(opus);
  }

  finish(): void {
    this.io.ended();
  }

  received(): void {}
}

class OggWire extends PlainWire {
  readonly #framer: OggFramer;

  constructor(io: WireIo, pageMs: number) {
    super(io);
    this.#framer = new OggFramer({ frameMs: pageMs });
  }

  override write(chunk: AudioChunk): void {
    for (const page of this.#framer.push(chunk)) this.io.send(page);
  }

  override finish(): void {
    for (const page of this.#framer.flush()) this.io.send(page);
    super.finish();
  }
}
