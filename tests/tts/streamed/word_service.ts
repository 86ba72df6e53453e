import { EarshotError } from "../../../lib/errors/mod.ts";
import { Channel } from "../../../lib/lifecycle/mod.ts";
import type { ConnectionHandlers } from "../../../lib/net/mod.ts";
import { soundOfBody } from "../../../lib/tts/body/sound_of_body.ts";
import { PulledSocket } from "../../../lib/tts/socket/pulled_socket.ts";
import { speakStreamed, type StreamedTextOptions } from "../../../lib/tts/streamed/speak_streamed.ts";
import type { TextWire, TextWireEvent, WireMessage } from "../../../lib/tts/streamed/text_wire.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { listen, type Speaking, turn } from "../speaking.ts";
import type { SpeechSound } from "../../../lib/tts/mod.ts";

const SERVICE = { family: "tts", name: "far" } as const;

/** Says in one word what it means: `started`, `ended`, `nothing`, `ask`, `error`, or how many samples come. */
export const WORD_WIRE: TextWire = {
  text(part) {
    if (part === "bad") throw new EarshotError("tts.bad_input", "Cannot write that");
    return [`+${part}`];
  },
  finish: () => ["."],
  read(message): readonly TextWireEvent[] {
    switch (message) {
      case "started":
        return [{ type: "started" }];
      case "ended":
        return [{ type: "ended" }];
      case "nothing":
        return [{ type: "ended", nothing: true }];
      case "ask":
        return [{ type: "asks", messages: ["asked"] }];
      case "error":
        throw new EarshotError("tts.quota", "Cannot speak");
      default:
        return String(message).split(" ").flatMap((count) =>
          Number(count) > 0 ? [{ type: "sound", sound: new Uint8Array(2 * Number(count)) } as const] : []
        );
    }
  },
};

/** One connection as the service sees it. */
export interface Line {
  /** What it got; then `close` or `destroy`. */
  readonly got: string[];
  readonly handlers: ConnectionHandlers;
  full: boolean;
}

/** Options of a {@linkcode WordService}. */
export interface WordServiceOptions extends Partial<StreamedTextOptions> {
  readonly wire?: Partial<TextWire>;
  /** Which connections have carried a request before. */
  readonly kept?: readonly boolean[];
}

/** A service that does nothing by itself, and a text that is written for it. */
export class WordService {
  readonly lines: Line[] = [];
  readonly parts = new Channel<string>(10);
  readonly canceled = new AbortController();
  readonly clock = new FakeClock();
  readonly sounds: AsyncGenerator<SpeechSound, void>;

  constructor({ wire = {}, kept = [], ...options }: WordServiceOptions = {}) {
    this.sounds = speakStreamed(this.parts, {
      service: SERVICE,
      clock: this.clock,
      maxChars: 1_000,
      soundOf: (bytes) => soundOfBody(bytes, { service: SERVICE, sampleRateHz: 24_000 }),
      open: async (life) => ({
        socket: await PulledSocket.open({ service: SERVICE, connect: this.#connect }, life),
        kept: kept[this.lines.length - 1] ?? false,
        wire: { ...WORD_WIRE, ...wire },
      }),
      ...options,
    }, this.canceled.signal);
  }

  /** Listens without a pause. */
  listen(): Speaking<SpeechSound> {
    return listen(this.sounds);
  }

  /** What the connections got. */
  get got(): readonly (readonly string[])[] {
    return this.lines.map(({ got }) => got);
  }

  async write(...texts: readonly string[]): Promise<void> {
    for (const text of texts) await this.parts.send(text);
    await turn();
  }

  async end(error?: Error): Promise<void> {
    this.parts.close(error);
    await turn();
  }

  /** What the service says on the last connection. */
  async say(...messages: readonly WireMessage[]): Promise<void> {
    await turn();
    for (const message of messages) this.lines.at(-1)?.handlers.onMessage(message);
    await turn();
  }

  /** The service ends the last connection. */
  async hangUp(): Promise<void> {
    await turn();
    this.lines.at(-1)?.handlers.onClosed({ code: 1006, reason: "" });
    await turn();
  }

  /** Whether who writes was told that nobody reads any more. */
  async isLeft(): Promise<boolean> {
    return !await this.parts.send("late");
  }

  readonly #connect = (handlers: ConnectionHandlers, signal: AbortSignal) => {
    const line: Line = { got: [], handlers, full: false };
    this.lines.push(line);
    const destroy = () => void (line.got.at(-1) === "destroy" || line.got.push("destroy"));
    signal.addEventListener("abort", destroy, { once: true });
    return Promise.resolve({
      get writable() {
        return !line.full;
      },
      send: (message: WireMessage) => void line.got.push(String(message)),
      close: () => void line.got.push("close"),
      destroy,
    });
  };
}

/** How many samples were heard. */
export function samplesOf({ sounds }: Pick<Speaking<SpeechSound>, "sounds">): number {
  return sounds.reduce((sum, { pcm }) => sum + pcm.length, 0);
}
