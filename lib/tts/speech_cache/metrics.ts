import { defineMetrics, type Metrics } from "../../telemetry/mod.ts";
import type { OwnSentences } from "./own_sentences.ts";
import type { SpeechCache } from "./speech_cache.ts";

const KINDS = ["piece", "sentence"] as const;
const PLACES = ["memory", "disk"] as const;

const DEFINITIONS = defineMetrics({
  hits: {
    type: "counter",
    name: "earshot_speech_cache_hits_total",
    help: "Pieces of answers and fixed sentences that were played from the cache.",
    labels: { kind: KINDS },
  },
  misses: {
    type: "counter",
    name: "earshot_speech_cache_misses_total",
    help: "Pieces of answers and fixed sentences that the cache did not have.",
    labels: { kind: KINDS },
  },
  bytes: {
    type: "gauge",
    name: "earshot_speech_cache_bytes",
    help: "What the speech cache holds.",
    labels: { where: PLACES },
  },
  evicted: {
    type: "counter",
    name: "earshot_speech_cache_evicted_total",
    help: "Sounds that the speech cache let go for want of room.",
    labels: { where: PLACES },
  },
  damaged: {
    type: "counter",
    name: "earshot_speech_cache_damaged_total",
    help: "Files of the speech cache that were damaged, and removed.",
  },
  unwritten: {
    type: "counter",
    name: "earshot_speech_cache_unwritten_total",
    help: "Files of the speech cache that could not be written.",
  },
  sentences: {
    type: "counter",
    name: "earshot_speech_cache_sentences_total",
    help:
      "Fixed sentences that were to be spoken with an agent's voice: done, failed, not tried because too many waited.",
    labels: { outcome: ["made", "failed", "refused"] },
  },
});

/** Shows the cache of what was spoken on `metrics`. */
export function registerSpeechCacheMetrics(
  metrics: Metrics,
  { cache, sentences }: {
    readonly cache: Pick<SpeechCache, "stats">;
    readonly sentences: Pick<OwnSentences, "stats">;
  },
): void {
  const block = metrics.register(DEFINITIONS);
  for (const kind of KINDS) {
    block.hits.read(() => cache.stats.lookups[kind].hits, { kind });
    block.misses.read(() => cache.stats.lookups[kind].misses, { kind });
  }
  for (const where of PLACES) {
    block.bytes.read(() => cache.stats[where].bytes, { where });
    block.evicted.read(() => cache.stats[where].evicted, { where });
  }
  block.damaged.read(() => cache.stats.disk.damaged);
  block.unwritten.read(() => cache.stats.disk.unwritten);
  block.sentences.read(() => sentences.stats.made, { outcome: "made" });
  block.sentences.read(() => sentences.stats.failed, { outcome: "failed" });
  block.sentences.read(() => sentences.stats.refused, { outcome: "refused" });
}
