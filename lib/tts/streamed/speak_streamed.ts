import { EarshotError } from "../../errors/mod.ts";
import type { SpeechSound } from "../contract.ts";
import { TextExchange, type TextExchangeOptions } from "./text_exchange.ts";
import { TextParts, type TextPartsOptions } from "./text_parts.ts";

/** Options of {@linkcode speakStreamed}. */
export interface StreamedTextOptions<Sound = Uint8Array>
  extends TextPartsOptions, TextExchangeOptions<Sound> {
  /** What comes of one request, as samples. */
  readonly soundOf: (sounds: AsyncIterable<Sound>) => AsyncIterable<SpeechSound>;
}

/**
 * Speaks a text while it is being written. The service is asked with the first part that has something to speak, and
 * gets each as it comes. A text that pauses for longer than `maxPauseMs`, or is too long for one request, goes on in
 * another one.
 *
 * @throws {EarshotError} `tts.*` or `canceled`, and what `parts` throws
 */
export async function* speakStreamed<Sound>(
  parts: AsyncIterable<string>,
  options: StreamedTextOptions<Sound>,
  signal: AbortSignal,
): AsyncGenerator<SpeechSound, void> {
  using text = new TextParts(parts, options);
  for (;;) {
    const first = await text.first(signal);
    if (first === undefined) return;
    const sounds = new TextExchange(text, options).run(first, signal);
    for await (const sound of options.soundOf(sounds)) {
      // What has come already is not given either.
      if (signal.aborted) throw EarshotError.from(signal.reason, "canceled");
      yield sound;
    }
  }
}

/** A text that is written already. */
export async function* onePart(text: string): AsyncGenerator<string, void> {
  yield text;
}
