import type { Engine, Recognition } from "../engine/mod.ts";
import type { AsrService } from "./provider.ts";
import { recognizeSegment } from "./recognize_segment.ts";
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
        recognize: (pcm, { ahead }) =>
          recognizeSegment(
            pcm,
            async (part) => read(await engine.recognize(part, { signal, ifFree: ahead, flow: audio.source })),
          ),
      }),
  };
}
