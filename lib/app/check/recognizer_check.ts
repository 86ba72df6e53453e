import {
  type AsrProvider,
  AsrRunner,
  type RecognitionEvent,
  Recognizer,
  serviceKeys,
} from "../../asr/mod.ts";
import { EarshotError } from "../../errors/mod.ts";
import { systemClock } from "../../lifecycle/mod.ts";
import type { ServiceBlock } from "../../service/mod.ts";
import { recognizeSound } from "../recognize_sound.ts";
import { tone } from "../tone.ts";
import { failedReport, type ServiceReport } from "./service_report.ts";

const SOUND_MS = 1_020;

/** Gives a recognizer a second of sound, at the pace of speech, the way a session does. */
export async function checkRecognizer(
  provider: AsrProvider,
  { block, language, signal }: {
    /** Its block of the config. */
    readonly block: ServiceBlock;
    readonly language: string;
    readonly signal: AbortSignal;
  },
): Promise<ServiceReport> {
  const service = `asr.${provider.name}`;
  let openMs: number | undefined;
  let answerMs: number | undefined;
  const onEvent = (event: RecognitionEvent) => {
    if (event.type === "started") openMs = event.openMs;
    if (event.type === "ended") answerMs = event.finalMs;
  };
  const runner = new AsrRunner(provider, {
    ...serviceKeys.parse(block),
    clock: systemClock,
    retries: 0,
    onEvent,
  });
  try {
    await recognizeSound(new Recognizer([{ runner }]), tone(SOUND_MS), { language, paced: true, signal });
    return {
      service,
      ok: true,
      reachable: "yes",
      authorized: "yes",
      ...(openMs !== undefined && { openMs: Math.round(openMs) }),
      ...(answerMs !== undefined && { answerMs: Math.round(answerMs) }),
    };
  } catch (thrown) {
    const error = EarshotError.from(thrown, "asr.failed");
    if (signal.aborted) throw error;
    // One that takes whole utterances may not have been spoken to before the end of the sound.
    const { whole = false } = provider.capabilities;
    return failedReport(service, error, {
      openMs: whole || openMs === undefined ? undefined : Math.round(openMs),
    });
  }
}
