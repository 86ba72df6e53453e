import type { Engine, Recognition } from "../engine/mod.ts";
import type { AsrService } from "./provider.ts";
import { SegmentedStream } from "./segmented_stream.ts";
import type { SentenceFacts } from "./wire_stream.ts";

/** Streams over an engine that recognizes segments; `read` takes from what its model says the words, or more. */
export function segmentService(
  engine: Pick<Engine, "recognize">,
  read: (recognition: Recognition) => SentenceFacts = ({ text }) => ({ text }),
): AsrService {
  return {
    // deno-lint-ignore require-await -- rejects rather than throws
    open: async ({ audio }, signal) =>
      new SegmentedStream({
        audio,
        signal,
        recognize: async (sound, { ahead }) =>
          read(await engine.recognize(sound, { signal, ifFree: ahead, flow: audio.source })),
      }),
  };
}
