import { writeWav } from "../../audio/mod.ts";
import { EarshotError } from "../../errors/mod.ts";
import type { VoiceprintConfig, VoiceprintProvider } from "../../voiceprint/mod.ts";
import { tone } from "../tone.ts";
import { failedReport, type ServiceReport } from "./service_report.ts";

const SOUND_MS = 1_000;

/** Asks a speaker-identification service whose voice a tone is; nobody's is a good answer. */
export async function checkVoiceprint(
  provider: VoiceprintProvider,
  { speakers, timeoutMs }: VoiceprintConfig,
  signal: AbortSignal,
): Promise<ServiceReport> {
  const service = "voiceprint";
  const wav = writeWav(tone(SOUND_MS), 16_000);
  const speakerIds = speakers.map(({ id }) => id);
  const deadline = AbortSignal.timeout(timeoutMs);
  const beganMs = performance.now();
  try {
    await provider.match(wav, { speakerIds, signal: AbortSignal.any([signal, deadline]) });
    const answerMs = Math.round(performance.now() - beganMs);
    return { service, ok: true, reachable: "yes", authorized: "yes", answerMs };
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    const late = deadline.aborted
      ? new EarshotError(
        "voiceprint.timeout",
        `Cannot identify the speaker: no answer came within ${timeoutMs} ms (voiceprint.timeoutMs)`,
      )
      : EarshotError.from(thrown, "voiceprint.failed");
    return failedReport(service, late);
  }
}
