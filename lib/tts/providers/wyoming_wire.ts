import { encodeWyomingEvent, type WyomingEvent, WyomingReader } from "../../service/mod.ts";
import type { SpeechSound } from "../contract.ts";
import type { TextWire, TextWireEvent, WireMessage } from "../streamed/text_wire.ts";
import type { WyomingServer } from "./wyoming_server.ts";
import { WyomingSound } from "./wyoming_sound.ts";

/**
 * One request. A text that is being written goes out as it comes where the server takes that, which only it knows; else
 * one sentence of it does.
 */
export class WyomingWire implements TextWire<SpeechSound> {
  readonly opening: readonly Uint8Array[];
  readonly waits: boolean;
  readonly #server: WyomingServer;
  readonly #isWhole: boolean;
  readonly #reader: WyomingReader;
  readonly #sound: WyomingSound;
  /** Whether the server gets the parts of the text; `undefined` until it has said what it is. */
  #takesParts: boolean | undefined;
  #begun = false;

  /** `isWhole`: the text is written already. */
  constructor(server: WyomingServer, { isWhole }: { readonly isWhole: boolean }) {
    this.#server = server;
    this.#isWhole = isWhole;
    this.#reader = new WyomingReader(server.service);
    this.#sound = new WyomingSound(server.service);
    this.#takesParts = isWhole ? false : server.streams;
    this.opening = server.streams === undefined ? [encodeWyomingEvent("describe")] : [];
    this.waits = this.#takesParts === undefined;
  }

  /** See {@linkcode TextWire}. */
  get wantsSentence(): boolean {
    return !this.#isWhole && this.#takesParts === false;
  }

  /** See {@linkcode TextWire}. */
  text(part: string): readonly Uint8Array[] {
    this.#sound.allow(part);
    const { voiceFields } = this.#server;
    if (this.#takesParts !== true) {
      return [encodeWyomingEvent("synthesize", { data: { text: part.trim(), ...voiceFields } })];
    }
    const chunk = encodeWyomingEvent("synthesize-chunk", { data: { text: part } });
    if (this.#begun) return [chunk];
    this.#begun = true;
    return [encodeWyomingEvent("synthesize-start", { data: voiceFields }), chunk];
  }

  /** See {@linkcode TextWire}. */
  finish(): readonly Uint8Array[] {
    return this.#takesParts === true ? [encodeWyomingEvent("synthesize-stop")] : [];
  }

  /** See {@linkcode TextWire}. */
  read(message: WireMessage): readonly TextWireEvent<SpeechSound>[] {
    const events: TextWireEvent<SpeechSound>[] = [];
    if (typeof message !== "string") {
      this.#reader.push(message, (event) => events.push(...this.#meaningOf(event)));
    }
    return events;
  }

  #meaningOf(event: WyomingEvent): readonly TextWireEvent<SpeechSound>[] {
    switch (event.type) {
      case "audio-start":
        this.#sound.begin();
        return [];
      case "audio-chunk":
        return this.#sound.read(event).map((sound) => ({ type: "sound", sound }));
      case this.#takesParts === true ? "synthesize-stopped" : "audio-stop":
        return [{ type: "ended" }];
      default:
        this.#server.heard(event, this.#sound.said);
        if (event.type !== "info" || this.#takesParts !== undefined) return [];
        this.#takesParts = this.#server.streams === true;
        return [{ type: "started" }];
    }
  }
}
