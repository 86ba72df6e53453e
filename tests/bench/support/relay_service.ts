import type { AsrAdapter, AsrOpenOptions, AsrStream } from "../../../lib/asr/mod.ts";
import { openWireStream } from "../../../lib/asr/wire_stream.ts";
import { openSocket } from "../../../lib/net/mod.ts";

/**
 * A recogniser that takes the device's packets as they are and answers nothing but a first word: the gateway as a bare
 * relay, over the same outbound sockets and the same streams as with a real recogniser.
 */
export function relayService(url: string): AsrAdapter {
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
        wire: (io) => ({
          opened() {
            io.started();
            io.partial("word");
          },
          write: ({ opus }) => io.send(opus),
          finish() {
            io.final({ text: "word" });
            io.ended();
          },
          received() {},
        }),
        ...(onWritable && { onWritable }),
      }, signal),
  };
}
