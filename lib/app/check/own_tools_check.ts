import { EarshotError } from "../../errors/mod.ts";
import { systemClock } from "../../lifecycle/mod.ts";
import { musicSource, openRequests, type ToolsConfig } from "../../tools/mod.ts";
import { failedReport, type ServiceCheck } from "./service_report.ts";

/**
 * What can be tried of requests and music without doing anything: that the secrets of requests are there, which is read
 * now and told where it fails, and that there is music in the folder.
 */
export async function ownToolChecks(
  { requests, music }: Pick<ToolsConfig, "requests" | "music">,
): Promise<readonly ServiceCheck[]> {
  const checks: ServiceCheck[] = [];
  try {
    (await openRequests(requests, { clock: systemClock })).close();
  } catch (thrown) {
    const report = failedReport("tools.requests", EarshotError.from(thrown));
    checks.push(() => Promise.resolve(report));
  }
  if (music !== undefined) checks.push((signal) => checkMusic(music, signal));
  return checks;
}

async function checkMusic(
  music: NonNullable<ToolsConfig["music"]>,
  signal: AbortSignal,
): ReturnType<ServiceCheck> {
  const service = "tools.music";
  const source = musicSource(music, { clock: systemClock });
  const failed = (state: string, cause?: unknown) => {
    const message = `Cannot play music from ${music.folder} (tools.music.folder): ${state}`;
    return failedReport(service, new EarshotError("config.invalid", message, { cause }));
  };
  try {
    await source.call("list_music", {}, signal);
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    return failed("it is no folder that can be read", thrown);
  } finally {
    source.close();
  }
  const { files } = source.stats;
  if (files === 0) return failed("there is no MP3, WAV or Ogg Opus in it");
  return { service, ok: true, reachable: "yes", authorized: "yes", files };
}
