import { z } from "zod";
import type { AudioChunk } from "../../audio/mod.ts";
import type { Clock } from "../../lifecycle/mod.ts";
import { openSocket, webSocketUrl } from "../../net/mod.ts";
import { readReply, type Settings } from "../../service/mod.ts";
import { PossibleSpeech } from "../possible_speech.ts";
import { type AsrProviderType, defineAsrProvider } from "../provider.ts";
import { PACKET_MS, PcmFramer } from "../sound_framer.ts";
import { type AsrWire, type AsrWireIo, openWireStream, type SentenceFacts } from "../wire_stream.ts";
import { readSenseVoiceTags } from "./sense_voice_tags.ts";

/**
 * How long a further sentence is waited for after the end of the sound, in ms, where the server says `is_final`
 * with every sentence: then nothing else tells which is the last.
 */
const LAST_SENTENCE_MS = 200;

/**
 * How long nothing must come after the end of the sound, in ms, where that alone is the end: the Python server has no
 * last word without a second pass, and with one it need not answer when every sentence was complete before.
 */
const QUIET_MS = 1_000;

/**
 * The same where no word was heard at all, of which the Python server says nothing; then it is asked whether it is
 * still there. It reads and recognizes on one thread, so it answers no ping while it has work in hand. The C++ servers
 * do, so nobody who may be one of them is asked where there may have been speech.
 */
const NOTHING_MS = 2_000;

/** What a FunASR server does: a second pass corrects each sentence, or there is only one of the two passes. */
type Mode = "2pass" | "offline" | "online";

const config = {
  url: webSocketUrl.default("wss://127.0.0.1:10095")
    .describe("the server; Docker images often map port 10096 instead"),
  mode: z.enum(["2pass", "offline", "online"]).default("2pass")
    .describe(
      "2pass: partial results, and each sentence corrected; online: not corrected; offline: one result",
    ),
  hotwords: z.record(z.string(), z.int().min(1).max(100)).default({})
    .describe("words to expect, each with its weight"),
  itn: z.boolean().default(true).describe("whether numbers are written as digits"),
};

/** What a stream is asked for. */
interface FunasrOptions extends Omit<Settings<typeof config>, "url"> {
  readonly clock: Clock;
}

/** A FunASR runtime server: the C++ ones (offline, 2pass) and the Python one. It has no greeting. */
export const funasr: AsrProviderType = defineAsrProvider({
  type: "funasr",
  about: "a FunASR runtime server (Chinese, English and more)",
  config,
  // The server makes its own certificate.
  tls: { verify: false },
  capabilities: ({ mode }) => ({
    streaming: true,
    partials: mode !== "offline",
    endpointing: mode === "2pass",
    encodings: ["pcm16"],
    languages: "any",
  }),
  open: ({ url, ...request }, { service, trust, clock }) => {
    const server: ServerFacts = { answersEnd: undefined };
    return {
      open: ({ onWritable }, signal) =>
        openWireStream({
          service,
          // No subprotocol: only the Python server knows `binary`, and that one takes clients without it too.
          connect: (handlers, life) => openSocket({ url, trust }, handlers, life),
          wire: (io) => new FunasrWire(io, { ...request, clock }, server),
          onWritable,
        }, signal),
    };
  },
});

const reply = z.looseObject({
  mode: z.enum(["offline", "online", "2pass-online", "2pass-offline"]).optional(),
  text: z.string().default(""),
  is_final: z.boolean().default(false),
});

type Reply = z.output<typeof reply>;

/** What is known of the server. */
interface ServerFacts {
  /**
   * Whether it answers every end of sound, as the C++ servers do: if one says nothing, it is slow. The Python server
   * does not. `undefined`: a proxy hides what it is, and no utterance has shown it yet.
   */
  answersEnd: boolean | undefined;
}

/** By the library that its handshake names: a proxy may put another name there. */
function isCpp(software = ""): boolean | undefined {
  if (/^websocket\+\+/i.test(software)) return true;
  return /\bwebsockets\//i.test(software) ? false : undefined;
}

class FunasrWire implements AsrWire {
  readonly #io: AsrWireIo;
  readonly #options: FunasrOptions;
  readonly #server: ServerFacts;
  readonly #framer = new PcmFramer({ leastMs: PACKET_MS });
  readonly #possible = new PossibleSpeech();
  #heard = false;
  #finished = false;
  /** What was heard of the sentence that no second pass has corrected yet. */
  #online = "";
  /**
   * Whether it is a C++ server, by its name or a sentence without `is_final`: then the first one with it is the end.
   */
  #tellsEnd = false;
  /** Whether `is_final` came while somebody spoke, as from the Python server, which says by it that somebody does. */
  #flagsSpeech = false;
  /** Whether there was a sentence. */
  #spoken = false;
  #cancelEnd: (() => void) | undefined;

  constructor(io: AsrWireIo, options: FunasrOptions, server: ServerFacts) {
    this.#io = io;
    this.#options = options;
    this.#server = server;
  }

  opened(): void {
    const { mode, hotwords, itn } = this.#options;
    const cpp = isCpp(this.#io.software);
    if (cpp !== undefined) this.#tellsEnd = this.#server.answersEnd = cpp;
    this.#io.send(JSON.stringify({
      mode,
      chunk_size: [5, 10, 5],
      chunk_interval: 10,
      wav_name: crypto.randomUUID(),
      wav_format: "pcm",
      audio_fs: 16_000,
      is_speaking: true,
      itn,
      ...(Object.keys(hotwords).length > 0 && { hotwords: JSON.stringify(hotwords) }),
    }));
    this.#io.started();
  }

  write(chunk: AudioChunk): void {
    this.#heard = true;
    this.#possible.push(chunk);
    for (const piece of this.#framer.push(chunk)) this.#io.send(piece);
  }

  finish(): void {
    this.#finished = true;
    // The Python server answers nothing to an utterance without sound.
    if (!this.#heard) return this.#io.ended();
    for (const piece of this.#framer.flush()) this.#io.send(piece);
    this.#io.send(JSON.stringify({ is_speaking: false }));
    this.#expectQuiet();
  }

  received(message: string | Uint8Array): void {
    if (typeof message !== "string") return;
    const answer = readReply(this.#io.service, message, reply);
    const sentence = readSenseVoiceTags(answer.text);
    const hasWords = sentence.text.trim() !== "";
    if (answer.is_final && !this.#finished) {
      this.#flagsSpeech = true;
      this.#server.answersEnd = false;
    }
    switch (answer.mode) {
      case "online":
      case "2pass-online":
        this.#online += sentence.text;
        this.#io.partial(this.#online.trim());
        break;
      case "2pass-offline":
        if (!answer.is_final && !this.#finished) this.#tellsEnd = this.#server.answersEnd = true;
        if (hasWords) this.#sentence(sentence); // nothing corrects nothing
        break;
      default: // `offline` is the one answer, whatever is_final says; the C++ servers' end without words has no mode
        if (answer.mode === undefined && answer.is_final) this.#server.answersEnd = true;
        if (hasWords) this.#sentence(sentence);
        if (this.#finished) return this.#end();
    }
    if (this.#finished) this.#expectEnd({ ...answer, hasWords });
  }

  /** The stream is over. */
  released(): void {
    this.#cancelEnd?.();
  }

  /** What follows an answer that came after the end of the sound. */
  #expectEnd({ mode, is_final, hasWords }: Reply & { readonly hasWords: boolean }): void {
    const corrects = mode === "2pass-offline";
    if (!hasWords && (corrects || is_final)) return this.#end();
    if (this.#flagsSpeech) {
      // What says that somebody speaks was said before the server had read the end, which it answers once.
      if (corrects && !is_final) return this.#end();
      return corrects ? this.#endAfter(QUIET_MS) : this.#expectQuiet();
    }
    if (!is_final) return this.#expectQuiet();
    if (corrects && this.#tellsEnd) return this.#end();
    this.#endAfter(corrects || this.#options.mode === "online" ? LAST_SENTENCE_MS : QUIET_MS);
  }

  /** The sound has ended, and perhaps nothing more is owed that a message would end. */
  #expectQuiet(): void {
    const { mode } = this.#options;
    const owesNothing = mode === "online" ? this.#online !== "" : this.#spoken && this.#online === "";
    const heardNothing = !this.#spoken && this.#online === "";
    // Who may be a slow C++ server is waited for, as long as the runner likes, where there may be something to hear.
    const mayBeSilent = !(this.#server.answersEnd ?? this.#possible.likely);
    this.#cancelEnd?.();
    this.#cancelEnd = undefined;
    if (owesNothing && !this.#tellsEnd) this.#endAfter(QUIET_MS);
    else if (heardNothing && mayBeSilent) this.#askAfter(NOTHING_MS);
  }

  #endAfter(ms: number): void {
    const { clock } = this.#options;
    this.#cancelEnd?.();
    this.#cancelEnd = clock.schedule(ms, () => this.#end());
  }

  /** Who says nothing either has nothing to say, or hangs: only the latter answers no ping. */
  #askAfter(ms: number): void {
    const { clock } = this.#options;
    const cancel = clock.schedule(ms, () => {
      this.#io.ping(() => {
        if (this.#cancelEnd === cancel) this.#end(); // nothing came meanwhile
      });
    });
    this.#cancelEnd = cancel;
  }

  #sentence(sentence: SentenceFacts): void {
    this.#online = "";
    this.#spoken = true;
    this.#io.final({ ...sentence, text: sentence.text.trim() });
  }

  #end(): void {
    // A server that only streams corrects nothing: its own words are the final ones.
    if (this.#online !== "") this.#sentence({ text: this.#online });
    this.#io.ended();
  }
}
