import type { Engine } from "../../engine/mod.ts";
import { type AsrProviderType, type AsrService, defineAsrProvider } from "../provider.ts";
import { recognizeSegment } from "../recognize_segment.ts";
import { SegmentedStream } from "../segmented_stream.ts";

const MODEL = "moonshine-tiny-en";

/** The embedded recognizer: Moonshine tiny in the engine process. It hears English, segment by segment. */
export const moonshine: AsrProviderType = defineAsrProvider({
  type: "moonshine",
  about: "the embedded recognizer, which hears English",
  config: {},
  tls: false,
  models: () => [MODEL],
  capabilities: () => ({
    streaming: false,
    partials: false,
    endpointing: false,
    encodings: ["pcm16"],
    marksNoise: true,
    languages: ["en"],
  }),
  open: async (_settings, { store, openEngine }) => {
    const { encoder, decoder } = await store.resolve(MODEL);
    return segmentService(await openEngine({ moonshine: { encoderPath: encoder, decoderPath: decoder } }));
  },
});

/** Streams over an engine that recognizes segments, as Moonshine's does. */
export function segmentService(engine: Pick<Engine, "recognize">): AsrService {
  return {
    // deno-lint-ignore require-await -- rejects rather than throws
    open: async ({ audio }, signal) =>
      new SegmentedStream({
        audio,
        signal,
        recognize: (pcm, { ahead }) =>
          recognizeSegment(pcm, async (part) => {
            const { text } = await engine.recognize(part, { signal, ifFree: ahead, flow: audio.source });
            return { text };
          }),
      }),
  };
}
