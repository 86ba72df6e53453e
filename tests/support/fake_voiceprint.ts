import { EarshotError } from "../../lib/errors/mod.ts";
import type { VoiceMatch, VoiceprintProvider } from "../../lib/voiceprint/mod.ts";
import { settle } from "./fake_clock.ts";

/** A voiceprint service that answers when it is told to. */
export class FakeVoiceprint implements VoiceprintProvider {
  readonly asked: (PromiseWithResolvers<VoiceMatch | undefined> & { readonly signal: AbortSignal })[] = [];
  /** What was asked, and the recordings that came with it. */
  readonly wavs: Uint8Array[] = [];
  closed = 0;
  /** While set, every question fails with it. */
  failure: EarshotError | undefined;
  /** Whether a question ends when its signal aborts. */
  obeys = true;

  match(wav: Uint8Array, { signal }: { readonly signal: AbortSignal }): Promise<VoiceMatch | undefined> {
    const question = { ...Promise.withResolvers<VoiceMatch | undefined>(), signal };
    this.asked.push(question);
    this.wavs.push(wav);
    if (this.failure !== undefined) question.reject(this.failure);
    if (this.obeys) signal.addEventListener("abort", () => question.reject(signal.reason), { once: true });
    return question.promise;
  }

  answer(index: number, match: VoiceMatch | undefined): Promise<void> {
    this.asked[index]?.resolve(match);
    return settle();
  }

  fail(index: number, code: "voiceprint.unreachable" | "voiceprint.auth"): Promise<void> {
    this.asked[index]?.reject(new EarshotError(code, "Cannot ask"));
    return settle();
  }

  close(): void {
    this.closed++;
  }
}
