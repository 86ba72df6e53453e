import { systemClock } from "../../../lib/lifecycle/mod.ts";
import { loadSockets } from "../../../lib/net/mod.ts";
import { type TtsProvider, TtsRunner, WrittenText } from "../../../lib/tts/mod.ts";
import type { SpeechSound } from "../../../lib/tts/mod.ts";
import { dashscopeSpeechSubject } from "../../contract/voices/aliyun.ts";
import { doubaoSpeechSubject } from "../../contract/voices/doubao.ts";
import { openaiSpeechSubject, type TtsSubject } from "../../contract/tts_subjects.ts";
import { openVoice } from "../../support/open_voice.ts";

/** One voice of each kind: over HTTP, over a WebSocket, and of a text while it is being written. */
export const MEASURED_VOICES: readonly TtsSubject[] = [
  openaiSpeechSubject("openai"),
  doubaoSpeechSubject("websocket"),
  dashscopeSpeechSubject(),
];

/** Long enough that no measurement waits for a deadline, in ms. */
const TIMEOUT_MS = 20_000;
const LANGUAGE = "en";

/** A voice as the gateway opens it, and what runs it. */
export interface OpenedVoice {
  readonly provider: TtsProvider;
  readonly runner: TtsRunner;
}

/** Opens a voice that speaks to the emulator at `origin`. */
export async function openMeasured({ http, socket, type }: TtsSubject, origin: string): Promise<OpenedVoice> {
  const remote = http ?? socket;
  if (remote === undefined) throw new Error(`Cannot open ${type}: it runs in the engine`);
  // Loading them counts for no measurement.
  await loadSockets();
  const provider = await openVoice(remote.block(origin), { name: type, secrets: remote.secrets });
  const runner = new TtsRunner(provider, {
    clock: systemClock,
    firstSoundTimeoutMs: TIMEOUT_MS,
    stallTimeoutMs: TIMEOUT_MS,
    retries: 0,
  });
  return { provider, runner };
}

/** The sound of a text: of one that is being written, where the service takes that, else of the whole. */
export function soundOf(
  { provider, runner }: OpenedVoice,
  { first, rest }: { readonly first: string; readonly rest: string },
  signal: AbortSignal,
): { readonly sounds: AsyncGenerator<SpeechSound, void>; readonly goOn: () => void } {
  if (provider.capabilities.textIn === "whole") {
    const sounds = runner.speak({ text: first, language: LANGUAGE }, { signal });
    return { sounds, goOn: () => {} };
  }
  const text = new WrittenText();
  text.write(first);
  const read = (signal: AbortSignal) => text.read(signal);
  const sounds = runner.speakStream({ read, isAwaited: () => text.isAwaited, language: LANGUAGE }, {
    signal,
  });
  return {
    sounds,
    goOn: () => {
      text.write(rest);
      text.end();
    },
  };
}

/**
 * Opens so many streams at once, and leaves them in turn: before the first sound, by their signal; at the first sound,
 * by leaving the loop or by their signal; or at their end. Settles once all of them are over.
 */
export async function openAndLeave(voice: OpenedVoice, streams: number): Promise<void> {
  await Promise.all(Array.from({ length: streams }, async (_, index) => {
    const canceled = new AbortController();
    const text = { first: `Stream number ${index}. `, rest: "And the rest." };
    const { sounds, goOn } = soundOf(voice, text, canceled.signal);
    const way = ["early", "loop", "signal", "end"][index % 4];
    if (way === "early") setTimeout(() => canceled.abort(), index);
    try {
      for await (const _sound of sounds) {
        if (way === "loop") break;
        if (way === "signal") canceled.abort();
        if (way === "end") goOn();
      }
    } catch (thrown) {
      if (!canceled.signal.aborted) throw thrown;
    }
  }));
}
