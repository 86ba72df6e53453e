import { defineMetrics, type Metrics } from "../../telemetry/mod.ts";
import type { MusicSource } from "./music/music_source.ts";
import type { RequestOutcome, RequestsSource } from "./requests/requests_source.ts";

const OUTCOMES = [
  "answered",
  "refused",
  "redirected",
  "failed",
  "canceled",
] as const satisfies RequestOutcome[];

const DEFINITIONS = defineMetrics({
  requests: {
    type: "counter",
    name: "earshot_tool_requests_total",
    help:
      "Requests of tools.requests: answered, refused by their server, sent on to another host and not followed, " +
      "without an answer in time, given up.",
    labels: { outcome: OUTCOMES },
  },
  musicFiles: {
    type: "gauge",
    name: "earshot_music_files",
    help: "Files of music that were found in the folder of tools.music.",
  },
  musicSkipped: {
    type: "gauge",
    name: "earshot_music_entries_skipped",
    help:
      "Entries of that folder that were left out: links out of it, what cannot be read, what is beyond a bound.",
  },
});

/** Shows on `metrics` what is known of music and requests; at zero where there is none. */
export function registerBuiltinToolMetrics(
  metrics: Metrics,
  { music, requests }: {
    readonly music?: Pick<MusicSource, "stats"> | undefined;
    readonly requests?: Pick<RequestsSource, "stats"> | undefined;
  },
): void {
  const block = metrics.register(DEFINITIONS);
  for (const outcome of OUTCOMES) block.requests.read(() => requests?.stats[outcome] ?? 0, { outcome });
  block.musicFiles.read(() => music?.stats.files ?? 0);
  block.musicSkipped.read(() => music?.stats.skipped ?? 0);
}
