import { OggOpusReader } from "./ogg_opus_reader.ts";
import { loudnessOf, OpusDecoder } from "../../../lib/audio/mod.ts";

/** Sound is loud from here on, in dB to full scale: the clips are clean, and a codec's silence is far below. */
const LOUD_DB = -50;
/** What is looked at by itself, in samples of 16 kHz. */
const WINDOW_SAMPLES = 320;
const WINDOW_MS = 20;
/** So much loud sound is somebody who speaks, in ms. */
const LEAST_SPEECH_MS = 60;

/** What the streams of a {@linkcode SentenceService} were sent, in ms. */
export interface SentSound {
  /** Sentences that it has told. */
  sentences: number;
  /** All that was sent for them, which is what is billed. */
  allMs: number;
  /** Before the first loud piece of it. */
  leadMs: number;
  /** From the first loud piece to the end of the sentence. */
  sentenceMs: number;
  /** What came after the end of the sentence was known. */
  restMs: number;
  /** Messages with that sound. */
  messages: number;
}

/** When a {@linkcode SentenceService} ends a sentence, and how much later it tells, in ms. */
export interface SentenceManner {
  readonly endSilenceMs: number;
  readonly delayMs: number;
}

/**
 * As much of Aliyun NLS as it takes to hear one sentence: it ends after so much quiet in the sound that it is sent, as a
 * real one does, and is told after a delay.
 */
export class SentenceService implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #sent: SentSound = {
    sentences: 0,
    allMs: 0,
    leadMs: 0,
    sentenceMs: 0,
    restMs: 0,
    messages: 0,
  };

  /** A sentence ends with `endSilenceMs` of quiet, and is told `delayMs` later. */
  constructor(manner: SentenceManner) {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
      const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
      socket.binaryType = "arraybuffer";
      const task = new SentenceTask(socket, this.#sent, manner);
      socket.onmessage = ({ data }) => {
        if (typeof data === "string") task.command(data);
        else task.sound(new Uint8Array(data));
      };
      socket.onerror = (event) => event.preventDefault();
      socket.onclose = () => task.close();
      return response;
    });
  }

  /** Where it listens. */
  get url(): string {
    return `ws://127.0.0.1:${this.#server.addr.port}/ws/v1`;
  }

  /** What it was sent since it was asked before. */
  take(): SentSound {
    const sent = { ...this.#sent };
    Object.assign(this.#sent, { sentences: 0, allMs: 0, leadMs: 0, sentenceMs: 0, restMs: 0, messages: 0 });
    return sent;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** One task on one connection. */
class SentenceTask {
  readonly #socket: WebSocket;
  readonly #sent: SentSound;
  readonly #manner: SentenceManner;
  readonly #ogg = new OggOpusReader();
  #decoder: OpusDecoder | undefined;
  #taskId = "";
  #isOpus = false;
  #rest = new Int16Array(0);
  #messages = 0;
  #allMs = 0;
  #restMs = 0;
  #heardMs = 0;
  #loudMs = 0;
  #quietMs = 0;
  #leadMs: number | undefined;
  #sentenceMs = 0;
  #ended = false;
  #closed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(socket: WebSocket, sent: SentSound, manner: SentenceManner) {
    this.#socket = socket;
    this.#sent = sent;
    this.#manner = manner;
  }

  command(text: string): void {
    const { header: { name, task_id }, payload } = JSON.parse(text);
    this.#taskId = task_id;
    if (name === "StartTranscription") {
      this.#isOpus = payload.format === "opus";
      this.#say("TranscriptionStarted");
    } else {
      clearTimeout(this.#timer);
      this.#say("TranscriptionCompleted");
      this.#socket.close();
    }
  }

  sound(bytes: Uint8Array<ArrayBuffer>): void {
    this.#messages++;
    if (!this.#isOpus) return this.#hear(new Int16Array(bytes.buffer));
    this.#decoder ??= new OpusDecoder();
    for (const packet of this.#ogg.packetsOf(bytes)) this.#hear(this.#decoder.decode(packet));
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#decoder?.close();
    this.#decoder = undefined;
    // The end of a run cuts sentences short: what was sent for them belongs to none.
    if (!this.#ended || this.#closed) return;
    this.#closed = true;
    this.#sent.sentences++;
    this.#sent.allMs += this.#allMs;
    this.#sent.leadMs += this.#leadMs ?? 0;
    this.#sent.sentenceMs += this.#sentenceMs;
    this.#sent.restMs += this.#restMs;
    this.#sent.messages += this.#messages;
  }

  #hear(pcm: Int16Array): void {
    this.#allMs += pcm.length / 16;
    if (this.#ended) this.#restMs += pcm.length / 16;
    const all = new Int16Array(this.#rest.length + pcm.length);
    all.set(this.#rest);
    all.set(pcm, this.#rest.length);
    let at = 0;
    for (; at + WINDOW_SAMPLES <= all.length && !this.#ended; at += WINDOW_SAMPLES) {
      this.#window(loudnessOf(all.subarray(at, at + WINDOW_SAMPLES)) >= LOUD_DB);
    }
    this.#rest = all.slice(at);
  }

  #window(isLoud: boolean): void {
    if (isLoud) {
      this.#leadMs ??= this.#heardMs;
      this.#loudMs += WINDOW_MS;
      this.#quietMs = 0;
    } else this.#quietMs += WINDOW_MS;
    this.#heardMs += WINDOW_MS;
    if (this.#loudMs < LEAST_SPEECH_MS || this.#quietMs < this.#manner.endSilenceMs) return;
    this.#ended = true;
    this.#sentenceMs = this.#heardMs - (this.#leadMs ?? 0);
    this.#timer = setTimeout(
      () => this.#say("SentenceEnd", { index: 1, time: this.#heardMs, begin_time: 0, result: "Words." }),
      this.#manner.delayMs,
    );
  }

  #say(name: string, payload?: Readonly<Record<string, unknown>>): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const header = {
      namespace: "SpeechTranscriber",
      name,
      status: 20000000,
      status_text: "Gateway:SUCCESS",
      message_id: crypto.randomUUID().replaceAll("-", ""),
      task_id: this.#taskId,
    };
    this.#socket.send(JSON.stringify({ header, ...(payload && { payload }) }));
  }
}
