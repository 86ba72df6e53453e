import { EarshotError } from "../../errors/mod.ts";
import { serviceError, type ServiceName } from "../../service/mod.ts";
import type { SpeechSound } from "../contract.ts";
import { soundOfBody } from "../body/sound_of_body.ts";
import { TextParts, type TextPartsOptions } from "./text_parts.ts";
import type { TextRequest } from "./text_wire.ts";

/**
 * How much text one request takes, in UTF-16 units: at any pace far less than what {@linkcode soundOfBody} takes of
 * sound, and than any service takes of text.
 */
const MAX_REQUEST_CHARS = 2_000;

/** Options of {@linkcode speakStreamed}. */
export interface StreamedTextOptions extends TextPartsOptions {
  /** Named in errors. */
  readonly service: ServiceName;
  /** Samples a second of the sound, where it does not say it itself. */
  readonly sampleRateHz: number;
  /** Connects. Rejects with an error of the service, or `canceled`. */
  readonly open: (signal: AbortSignal) => Promise<TextRequest>;
}

/**
 * Speaks a text while it is being written. The service is asked with the first part, and gets each as it comes. A pause
 * longer than `maxPauseMs` ends the request, before the service gives it up: what it held back is spoken, and the text
 * goes on in another request.
 *
 * @throws {EarshotError} `tts.*` or `canceled`, and what `parts` throws
 */
export async function* speakStreamed(
  parts: AsyncIterable<string>,
  options: StreamedTextOptions,
  signal: AbortSignal,
): AsyncGenerator<SpeechSound, void> {
  const { service, sampleRateHz } = options;
  const text = new TextParts(parts, options);
  try {
    for (;;) {
      const first = await text.first(signal);
      if (first === undefined) return;
      const bytes = new Exchange(text, options).run(first, signal);
      for await (const sound of soundOfBody(bytes, { service, sampleRateHz })) {
        // What has come already is not given either.
        if (signal.aborted) throw EarshotError.from(signal.reason, "canceled");
        yield sound;
      }
    }
  } finally {
    text.close();
  }
}

/** A text that is written already. */
export async function* onePart(text: string): AsyncGenerator<string, void> {
  yield text;
}

/** One request: the text goes one way while the sound comes the other. */
class Exchange {
  readonly #text: TextParts;
  readonly #options: StreamedTextOptions;
  /** Of the connection. */
  readonly #life = new AbortController();
  /** Of what writes the text. */
  readonly #writing = new AbortController();
  #request: TextRequest | undefined;
  #finished = false;
  #textFault: { readonly thrown: unknown } | undefined;

  constructor(text: TextParts, options: StreamedTextOptions) {
    this.#text = text;
    this.#options = options;
  }

  /** The bytes of the sound; whatever ends it ends the request. */
  async *run(first: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    const onAbort = () => this.#giveUp(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    let whole = false;
    try {
      if (signal.aborted) onAbort();
      const request = this.#request = await this.#begin();
      const written = this.#write(first, request);
      for (;;) {
        const event = request.wire.read(await request.socket.next());
        if (event.type === "sound") yield event.bytes;
        if (event.type !== "ended") continue;
        if (!this.#finished && !event.nothing) throw this.#fault("it ended before its text did");
        whole = true;
        this.#writing.abort();
        await written;
        if (!event.nothing) request.socket.close();
        return;
      }
    } catch (thrown) {
      if (this.#textFault !== undefined) throw this.#textFault.thrown;
      throw signal.aborted ? EarshotError.from(signal.reason, "canceled") : thrown;
    } finally {
      signal.removeEventListener("abort", onAbort);
      if (!whole) this.#giveUp(undefined);
      this.#request?.socket[Symbol.dispose]();
    }
  }

  /** Opens it. A kept connection that the service has ended meanwhile is replaced: no text was sent yet. */
  async #begin(): Promise<TextRequest> {
    for (;;) {
      const request = await this.#options.open(this.#life.signal);
      try {
        await this.#started(request);
        return request;
      } catch (thrown) {
        request.socket[Symbol.dispose]();
        const { code } = EarshotError.from(thrown);
        if (!request.kept || code !== "tts.disconnected" || this.#life.signal.aborted) throw thrown;
      }
    }
  }

  async #started({ socket, wire }: TextRequest): Promise<void> {
    if (wire.opening === undefined) return;
    socket.send(wire.opening);
    for (;;) {
      const { type } = wire.read(await socket.next());
      if (type === "started") return;
      if (type === "ended") throw this.#fault("it ended before it began");
    }
  }

  /** Sends the parts as they come; never rejects. */
  async #write(first: string, { socket, wire }: TextRequest): Promise<void> {
    const { signal } = this.#writing;
    const send = (messages: readonly string[]) => messages.forEach((message) => socket.send(message));
    try {
      send(wire.text(first));
      let roomChars = MAX_REQUEST_CHARS - first.length;
      while (await this.#text.hasMore(roomChars, signal)) {
        // Else the part is the next request's.
        if (signal.aborted) return;
        const part = this.#text.take();
        roomChars -= part.length;
        send(wire.text(part));
      }
      if (signal.aborted) return;
      this.#finished = true;
      send(wire.finish());
    } catch (thrown) {
      if (signal.aborted) return;
      this.#textFault = { thrown };
      this.#giveUp(thrown);
    }
  }

  /** Ends it amid the request. */
  #giveUp(reason: unknown): void {
    this.#writing.abort(reason);
    const cancel = this.#request?.wire.cancel;
    if (cancel !== undefined) this.#request?.socket.send(cancel);
    this.#life.abort(reason);
  }

  #fault(detail: string): EarshotError {
    return serviceError(this.#options.service, "protocol", { detail });
  }
}
