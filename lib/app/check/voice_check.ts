import { EarshotError } from "../../errors/mod.ts";
import { systemClock } from "../../lifecycle/mod.ts";
import type { ServiceBlock } from "../../service/mod.ts";
import { speaksLanguage, type TtsProvider, TtsRunner, ttsServiceKeys } from "../../tts/mod.ts";
import { failedReport, type ServiceReport } from "./service_report.ts";

const SENTENCES = { en: "This is a test.", zh: "现在测试声音。" } as const;

/** Has a voice speak a short sentence, and lets it go with the first sound. */
export async function checkVoice(
  provider: TtsProvider,
  { block, languages, signal }: {
    /** Its block of the config. */
    readonly block: ServiceBlock;
    /** The languages (BCP 47) that it may have to speak; the first one that it does is tried. */
    readonly languages: readonly string[];
    readonly signal: AbortSignal;
  },
): Promise<ServiceReport> {
  const service = `tts.${provider.name}`;
  const { capabilities } = provider;
  const own = capabilities.languages === "any" ? [] : capabilities.languages;
  const language = [...languages, ...own].find((language) => speaksLanguage(capabilities, language)) ?? "en";
  let firstSoundMs: number | undefined;
  const runner = new TtsRunner(provider, {
    ...ttsServiceKeys.parse(block),
    clock: systemClock,
    retries: 0,
    onEvent: (event) => {
      if (event.type === "started") firstSoundMs = Math.round(event.firstSoundMs);
    },
  });
  const enough = new AbortController();
  const text = SENTENCES[/^(zh|cmn|yue)\b/.test(language) ? "zh" : "en"];
  try {
    const life = AbortSignal.any([signal, enough.signal]);
    let sounded = false;
    for await (const { pcm } of runner.speak({ text, language }, { signal: life })) {
      sounded = pcm.length > 0;
      if (sounded) break;
    }
    if (!sounded) {
      throw new EarshotError("tts.failed", `Cannot use ${provider.name}: it made no sound of a sentence`);
    }
    return {
      service,
      ok: true,
      reachable: "yes",
      authorized: "yes",
      ...(firstSoundMs !== undefined && { firstSoundMs }),
    };
  } catch (thrown) {
    const error = EarshotError.from(thrown, "tts.failed");
    if (signal.aborted) throw error;
    return failedReport(service, error);
  } finally {
    enough.abort();
  }
}
