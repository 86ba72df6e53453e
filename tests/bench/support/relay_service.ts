import type { AsrOpenOptions, AsrProvider, AsrStream } from "../../../lib/asr/mod.ts";
import { type AsrWire, type AsrWireIo, openWireStream } from "../../../lib/asr/wire_stream.ts";
import type { AudioChunk } from "../../../lib/audio/mod.ts";
import { openSocket } from "../../../lib/net/mod.ts";

/**
 * A recognizer that takes the device's packets as they are and answers nothing but a first word: the gateway as a bare
 * relay, over the same outbound sockets and the same streams as with a real recognizer.
 */
export function relayService(url: string): AsrProvider {
  return {
    name: "relay",
    capabilities: {
      streaming: true,
      partials: true,
      endpointing: true,
      encodings: ["opus"],
      languages: "any",
    },
    open: ({ onWritable }: AsrOpenOptions, signal: AbortSignal): Promise<AsrStream> =>
      openWireStream({
        service: { family: "asr", name: "relay" },
        connect: (handlers, life) => openSocket({ url }, handlers, life),
        wire: (io) => new RelayWire(io),
        ...(onWritable && { onWritable }),
      }, signal),
  };
}

class RelayWire implements AsrWire {
  readonly #io: AsrWireIo;

  constructor(io: AsrWireIo) {
    this.#io = io;
  }

  opened(): void {
    this.#io.started();
    this.#io.partial("word");
  }

  write({ opus }: AudioChunk): void {
    this.#io.send(opus);
  }

  finish(): void {
    this.#io.final({ text: "word" });
    this.#io.ended();
  }

  received(): void {}
}
