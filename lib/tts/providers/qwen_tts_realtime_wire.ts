import { z } from "zod";
import {
  qwenEvent,
  qwenFault,
  qwenMeaning,
  readReply,
  serviceError,
  type ServiceName,
} from "../../service/mod.ts";
import { soundOfBase64 } from "../body/base64_sound.ts";
import type { TextWire, TextWireCancel, TextWireEvent, WireMessage } from "../streamed/text_wire.ts";
import { isSpeakable } from "../text/clean_text.ts";

/** What its samples have, in Hz. */
export const QWEN_TTS_RATE_HZ = 24_000;

/**
 * Where a sentence ends, as far as its text tells. A stop alone may be that of `3.14` or of `Dr.`: it counts after a word
 * that is no title, or before white space.
 */
const SENTENCE_ENDS =
  /(?:[。！？；!?…]|(?:\p{L}{5}|(?<!\p{L})\p{Ll}\p{L}{2,})\.)["'”’」』）)\]]*$|\.["'”’)\]]*\s+$/u;

const message = z.looseObject({
  type: z.string(),
  delta: z.string().default(""),
  response: z.looseObject({ status: z.string().default("") }).optional(),
});

/** What a session is set up with. */
export interface QwenTtsSession {
  readonly voice: string;
  /** Who says when the text that has come is spoken. */
  readonly mode: "server_commit" | "commit";
  readonly language_type: string;
}

/** One session, which takes one text. */
export class QwenTtsWire implements TextWire {
  readonly opening: readonly string[];
  readonly waits = true;
  readonly #service: ServiceName;
  readonly #commits: boolean;
  /** What was sent and is not committed; the service commits by itself unless it was told not to. */
  #uncommitted = "";

  /** Sends nothing yet. */
  constructor(service: ServiceName, session: QwenTtsSession) {
    this.#service = service;
    this.#commits = session.mode === "commit";
    this.opening = [qwenEvent("session.update", {
      session: { ...session, response_format: "pcm", sample_rate: QWEN_TTS_RATE_HZ },
    })];
  }

  /** The service need not speak on for nobody. */
  cancel(): TextWireCancel {
    return { messages: [qwenEvent("response.cancel")] };
  }

  /** See {@linkcode TextWire}. */
  text(part: string): readonly string[] {
    const append = qwenEvent("input_text_buffer.append", { text: part });
    if (!this.#commits) return [append];
    const before = /^\s/.test(part) && SENTENCE_ENDS.test(`${this.#uncommitted} `) ? this.#commit() : [];
    this.#uncommitted += part;
    return [...before, append, ...(SENTENCE_ENDS.test(this.#uncommitted) ? this.#commit() : [])];
  }

  /** See {@linkcode TextWire}. */
  finish(): readonly string[] {
    return [...this.#commit(), qwenEvent("session.finish")];
  }

  /** See {@linkcode TextWire}. */
  read(data: WireMessage): readonly TextWireEvent[] {
    if (typeof data !== "string") return [];
    const { type, delta, response } = readReply(this.#service, data, message);
    switch (type) {
      case "session.updated":
        return [{ type: "started" }];
      case "response.audio.delta":
        return [{ type: "sound", sound: soundOfBase64(this.#service, delta) }];
      case "session.finished":
        return [{ type: "ended" }];
      case "response.done":
        if (response?.status !== "failed") return [];
        throw serviceError(this.#service, "failed", { detail: "its response has failed" });
      case "error": {
        const fault = readReply(this.#service, data, qwenFault);
        throw serviceError(this.#service, ...qwenMeaning(fault, this.#service.family));
      }
      default:
        return [];
    }
  }

  #commit(): readonly string[] {
    if (!isSpeakable(this.#uncommitted)) return [];
    this.#uncommitted = "";
    return [qwenEvent("input_text_buffer.commit")];
  }
}
