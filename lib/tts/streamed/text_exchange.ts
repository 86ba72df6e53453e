import { EarshotError } from "../../errors/mod.ts";
import type { Clock } from "../../lifecycle/mod.ts";
import { connectionError, serviceError, type ServiceName } from "../../service/mod.ts";
import { endsSentence } from "../text/whole_sentences.ts";
import type { TextParts } from "./text_parts.ts";
import type { TextRequest, TextWireEvent, WireMessage } from "./text_wire.ts";

/**
 * How much text one request takes, in UTF-16 units: at any pace it becomes far less sound than what `soundOfBody` takes,
 * and any service takes more text.
 */
const MAX_REQUEST_CHARS = 2_000;
/** From here on, the end of a sentence is a good place to end a request, in UTF-16 units. */
const NEARLY_FULL_CHARS = 1_800;
/** After how long without text it pauses, in ms: whoever writes it is between two words for less. */
const PAUSE_MS = 300;
/** How long a service may take to say that it has given a request up, in ms. */
export const LEAVE_MS = 1_000;

/** Options of a {@linkcode TextExchange}. */
export interface TextExchangeOptions<Sound> {
  /** Named in errors. */
  readonly service: ServiceName;
  /** The time source. */
  readonly clock: Clock;
  /**
   * How long the service bears a text that pauses, in ms; before that the request is ended, what it held back is spoken,
   * and the text goes on in another one. Default: for any time.
   */
  readonly maxPauseMs?: number;
  /** Connects; aborting its signal destroys the connection. */
  readonly open: (signal: AbortSignal) => Promise<TextRequest<Sound>>;
  /** Once it aborts, a service is not waited for any more that is to give a request up. Default: it never does. */
  readonly closed?: AbortSignal;
}

/** One request: the text goes one way while the sound comes the other. */
export class TextExchange<Sound> {
  readonly #text: TextParts;
  readonly #options: TextExchangeOptions<Sound>;
  /** Of the connection. */
  readonly #life = new AbortController();
  /** Of what writes the text. */
  readonly #writing = new AbortController();
  readonly #events: TextWireEvent<Sound>[] = [];
  #request: TextRequest<Sound> | undefined;
  #finished = false;
  #givenUp = false;
  #textFault: { readonly thrown: unknown } | undefined;

  /** Connects to nobody yet. */
  constructor(text: TextParts, options: TextExchangeOptions<Sound>) {
    this.#text = text;
    this.#options = options;
  }

  /** The sound of a text that begins so; whatever ends it ends the request. */
  async *run(first: string, signal: AbortSignal): AsyncGenerator<Sound, void> {
    const onAbort = () => this.#giveUp(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    let whole = false;
    try {
      if (signal.aborted) onAbort();
      const request = this.#request = await this.#begin();
      const written = this.#write(first, request);
      for (;;) {
        const event = await this.#next(request);
        if (event.type === "sound") yield event.sound;
        if (event.type !== "ended") continue;
        if (!this.#finished && event.nothing !== true) throw this.#fault("it ended before its text did");
        whole = true;
        this.#writing.abort();
        await written;
        if (event.nothing !== true) request.socket.close();
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
  async #begin(): Promise<TextRequest<Sound>> {
    for (;;) {
      const request = await this.#open();
      try {
        await this.#started(request);
        return request;
      } catch (thrown) {
        request.socket[Symbol.dispose]();
        const { code } = EarshotError.from(thrown);
        if (request.kept !== true || code !== "tts.disconnected" || this.#life.signal.aborted) throw thrown;
      }
    }
  }

  async #open(): Promise<TextRequest<Sound>> {
    try {
      return await this.#options.open(this.#life.signal);
    } catch (thrown) {
      throw connectionError(this.#options.service, thrown);
    }
  }

  async #started(request: TextRequest<Sound>): Promise<void> {
    const { socket, wire: { opening = [], waits = false } } = request;
    for (const message of opening) socket.send(message);
    while (waits) {
      const { type } = await this.#next(request);
      if (type === "started") return;
      if (type === "ended") throw this.#fault("it ended before it began");
    }
  }

  /** What the service says next, of what concerns the request itself. */
  async #next({ socket, wire }: TextRequest<Sound>): Promise<TextWireEvent<Sound>> {
    for (;;) {
      const event = this.#events.shift();
      if (event === undefined) this.#events.push(...await this.#read({ socket, wire }));
      else if (event.type !== "asks") return event;
      else for (const message of event.messages) socket.send(message);
    }
  }

  async #read({ socket, wire }: TextRequest<Sound>): Promise<readonly TextWireEvent<Sound>[]> {
    let message: WireMessage;
    try {
      message = await socket.next();
    } catch (thrown) {
      const rest = socket.ended ? wire.closed?.() : undefined;
      if (rest === undefined) throw thrown;
      return [...rest.map((sound) => ({ type: "sound", sound }) as const), { type: "ended" }];
    }
    return wire.read(message);
  }

  /** Sends the text as it comes; never rejects. */
  async #write(first: string, request: TextRequest<Sound>): Promise<void> {
    const { wire } = request;
    const { signal } = this.#writing;
    try {
      if (wire.wantsSentence === true) {
        await this.#send(wire.text(await this.#text.sentence(first, signal)), request);
      } else await this.#writeParts(first, request);
      if (signal.aborted) return;
      this.#finished = true;
      await this.#send(wire.finish(), request);
    } catch (thrown) {
      if (signal.aborted) return;
      this.#textFault = { thrown };
      this.#giveUp(thrown);
    }
  }

  async #writeParts(first: string, request: TextRequest<Sound>): Promise<void> {
    const { signal } = this.#writing;
    let part = first;
    for (let chars = part.length;; chars += part.length) {
      await this.#send(request.wire.text(part), request);
      if (chars >= NEARLY_FULL_CHARS && endsSentence(part)) return;
      const fits = await this.#hasMore(MAX_REQUEST_CHARS - chars, request);
      // Else the part is the next request's.
      if (!fits || signal.aborted) return;
      part = this.#text.take();
    }
  }

  /** Whether a further part comes for this request: not where the text ends, where it pauses, or where it has no room. */
  async #hasMore(roomChars: number, request: TextRequest<Sound>): Promise<boolean> {
    const { wire } = request;
    const { signal } = this.#writing;
    const { maxPauseMs } = this.#options;
    let waitMs = maxPauseMs;
    let next = await this.#text.peek(signal, wire.paused === undefined ? waitMs : PAUSE_MS);
    if (next.type === "late" && wire.paused !== undefined) {
      await this.#send(wire.paused(), request);
      if (waitMs !== undefined) waitMs -= PAUSE_MS;
      next = await this.#text.peek(signal, waitMs);
    }
    return next.type === "part" && next.text.length <= roomChars;
  }

  /** Sends messages, each once the service has read most of what was sent before. */
  async #send(messages: readonly WireMessage[], { socket }: TextRequest<Sound>): Promise<void> {
    for (const message of messages) {
      await socket.drained();
      socket.send(message);
    }
  }

  /** Ends it amid the request. */
  #giveUp(reason: unknown): void {
    if (this.#givenUp) return;
    this.#givenUp = true;
    this.#writing.abort(reason);
    const { socket, wire } = this.#request ?? {};
    const { messages = [], isLast } = wire?.cancel?.() ?? {};
    for (const message of messages) socket?.send(message);
    const { clock, closed } = this.#options;
    const end = () => this.#life.abort(reason);
    if (socket === undefined || isLast === undefined || closed?.aborted === true) return end();
    closed?.addEventListener("abort", end, { signal: this.#life.signal });
    // Nobody waits for it.
    void socket.leave(isLast, { clock, withinMs: LEAVE_MS }).then(end);
  }

  #fault(detail: string): EarshotError {
    return serviceError(this.#options.service, "protocol", { detail });
  }
}
