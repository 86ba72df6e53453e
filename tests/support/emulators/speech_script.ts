import { toneOf, toneSamples } from "../tones.ts";

/** Why voices refuse. */
export type SpeechRefusal = "auth" | "quota" | "throttled" | "voice" | "model" | "busy" | "text";

/** What goes wrong with a request, and when: `first` is after the headers, `mid` before the last chunk. */
export type SpeechFault =
  | { readonly what: "hang" | "drop"; readonly at: "headers" | "first" | "mid" }
  | { readonly what: "refuse"; readonly kind: SpeechRefusal }
  /** It answers 200 with something else. */
  | { readonly what: "body"; readonly body: string | Uint8Array; readonly type?: string }
  /** It makes nothing of the text, and says so by nothing. */
  | { readonly what: "empty" }
  /** A byte a second. */
  | { readonly what: "trickle" }
  /** Sound without end. */
  | { readonly what: "endless" };

/** What a voice of the tests does. */
export interface SpeechScript {
  /** What it says for a text. Default: its tone. */
  readonly soundOf?: (text: string, sampleRateHz: number) => Int16Array<ArrayBuffer>;
  /** Samples a second of what it sends. Default 24,000. */
  readonly sampleRateHz?: number;
  /** Where its body is cut into chunks; the rest is one. Default: after 1001 bytes and halfway, amid samples. */
  readonly cuts?: readonly number[] | "every byte";
  /** How long it thinks before the first chunk, in ms. */
  readonly firstSoundMs?: number;
  /** How long it waits between two chunks, in ms. */
  readonly chunkMs?: number;
  readonly fault?: SpeechFault;
  /** For how many requests; then all is well. Default: all. */
  readonly faultTimes?: number;
}

/** What a script says for a text. */
export function spoken(
  { soundOf, sampleRateHz = 24_000 }: SpeechScript,
  text: string,
): Int16Array<ArrayBuffer> {
  return soundOf?.(text, sampleRateHz) ?? toneSamples(toneOf(text), sampleRateHz);
}
