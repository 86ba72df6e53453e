import { type AsrProviderType, defineAsrProvider } from "../provider.ts";
import { segmentService } from "../segment_service.ts";

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
    ahead: true,
    partials: false,
    endpointing: false,
    encodings: ["engine"],
    marksNoise: true,
    languages: ["en"],
  }),
  open: async (_settings, { store, openEngine }) => {
    const { encoder, decoder } = await store.resolve(MODEL);
    return segmentService(await openEngine({ moonshine: { encoderPath: encoder, decoderPath: decoder } }));
  },
});
