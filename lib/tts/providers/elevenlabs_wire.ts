import { z } from "zod";
import { readReply, type ServiceName } from "../../service/mod.ts";
import { soundOfBase64 } from "../body/base64_sound.ts";
import type { TextWire, TextWireEvent, WireMessage } from "../streamed/text_wire.ts";
import { ANGLE_TAGS, BRACKET_NOTES, InertText } from "../text/inert_text.ts";
import { endsSentence as looksEnded } from "../text/whole_sentences.ts";
import { elevenlabsFault } from "./elevenlabs_fault.ts";

/** Where a text may be cut for a blank to follow: after a blank, or after Chinese punctuation. */
const UP_TO_WORD = /^.*[\s，。！？、；：…]/su;
/** What is no end of a sentence though it has a dot. */
const NO_END = /(^|\s)(\p{Lu}|Dr|Mrs?|Ms|St|Prof|vs|\d+)\.\s*$/u;
/** A sentence that is shorter is spoken with the next one. */
const MIN_SENTENCE = 8;

const reply = z.looseObject({
  audio: z.string().default(""),
  isFinal: z.boolean().default(false),
  error: z.string().optional(),
  message: z.string().default(""),
});

/** A text while it is being written: in whole words, each message ending with a blank. */
export class ElevenlabsWire implements TextWire {
  readonly opening: readonly string[];
  readonly #service: ServiceName;
  readonly #inert = new InertText(ANGLE_TAGS, BRACKET_NOTES);
  /** The word whose end has not come. */
  #held = "";
  /** How much of a sentence was sent that is not to be spoken yet, in UTF-16 units. */
  #unspoken = 0;

  /** `settings`: what the first message says of the voice. */
  constructor(service: ServiceName, settings: Readonly<Record<string, unknown>>) {
    this.#service = service;
    this.opening = [JSON.stringify({ text: " ", ...settings })];
  }

  /** See {@linkcode TextWire}. */
  text(part: string): readonly string[] {
    const text = this.#held + this.#inert.next(part);
    const words = UP_TO_WORD.exec(text)?.[0] ?? "";
    this.#held = text.slice(words.length);
    return this.#messages(words);
  }

  /** See {@linkcode TextWire}. A dot may be one within a word, as in 3.14, but not for so long. */
  paused(): readonly string[] {
    if (!endsSentence(this.#held)) return [];
    const words = this.#held;
    this.#held = "";
    return this.#messages(words);
  }

  /** See {@linkcode TextWire}. */
  finish(): readonly string[] {
    return [...this.#messages(this.#held), JSON.stringify({ text: "" })];
  }

  /** See {@linkcode TextWire}. */
  read(message: WireMessage): readonly TextWireEvent[] {
    if (typeof message !== "string") return [];
    const { audio, isFinal, error, message: words } = readReply(this.#service, message, reply);
    if (error !== undefined) throw elevenlabsFault(this.#service, { name: error, message: words });
    return [
      ...(audio === "" ? [] : [{ type: "sound", sound: soundOfBase64(this.#service, audio) } as const]),
      ...(isFinal ? [{ type: "ended" } as const] : []),
    ];
  }

  /** Whatever was sent before ends with a blank already. */
  #messages(words: string): readonly string[] {
    const text = words.trim();
    if (text === "") return [];
    this.#unspoken += text.length;
    const flush = this.#unspoken >= MIN_SENTENCE && endsSentence(text);
    if (flush) this.#unspoken = 0;
    // Else the service waits for 120 characters.
    return [JSON.stringify({ text: `${text} `, ...(flush && { flush }) })];
  }
}

function endsSentence(text: string): boolean {
  return looksEnded(text) && !NO_END.test(text);
}
