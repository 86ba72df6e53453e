/**
 * The least that a server can do for devices before a service that ends sentences: while nobody speaks it keeps the last
 * ten packets; once somebody does, it opens a stream, sends those, and each further packet at once, until the service
 * tells the end of the sentence. So does the Python server. It hears by loudness, as the clips are clean. Arguments:
 * the URL of the service, and `pcm` or `opus`.
 */
import { loudnessOf, OggOpusMuxer, OpusDecoder } from "../../../lib/audio/mod.ts";
import { WebSocket as OutboundSocket } from "../../../lib/net/ws_client.ts";
import { type BareDevice, serveBare } from "./bare_server.ts";

/** How many packets from before speech was found go with it. */
const PRE_ROLL_PACKETS = 10;
const PACKET_MS = 60;
const VAD_SAMPLES = 512;
/** Speech begins with so many frames in a row that are as loud. */
const START_FRAMES = 3;
const LOUD_DB = -45;

const [serviceUrl = "", format = "pcm"] = Deno.args;

function ignore(): void {}

class Sentence {
  readonly #outbound: OutboundSocket;
  readonly #muxer = new OggOpusMuxer({ pageMs: PACKET_MS });
  readonly #decoder: OpusDecoder;
  readonly #taskId = crypto.randomUUID().replaceAll("-", "");
  #waiting: readonly Uint8Array[];
  #started = false;

  constructor(preRoll: readonly Uint8Array[], decoder: OpusDecoder, onEnd: (text: string) => void) {
    this.#waiting = preRoll;
    this.#decoder = decoder;
    this.#outbound = new OutboundSocket(serviceUrl, [], {
      headers: {},
      maxPayload: 1_048_576,
      perMessageDeflate: false,
      followRedirects: false,
    });
    this.#outbound.on("error", ignore);
    this.#outbound.on("open", () => this.#command("StartTranscription", { format, sample_rate: 16_000 }));
    this.#outbound.on("message", (data: Uint8Array) => {
      const { header: { name }, payload } = JSON.parse(new TextDecoder().decode(data));
      if (name === "TranscriptionStarted") this.#start();
      if (name === "SentenceEnd") onEnd(payload.result);
    });
  }

  packet(opus: Uint8Array): void {
    if (this.#started) this.#sound(opus);
    else this.#waiting = [...this.#waiting, opus].slice(-PRE_ROLL_PACKETS);
  }

  end(): void {
    this.#command("StopTranscription");
  }

  gone(): void {
    this.#outbound.terminate();
  }

  #start(): void {
    this.#started = true;
    if (format === "opus") this.#binary(this.#muxer.head(16_000));
    for (const opus of this.#waiting) this.#sound(opus);
  }

  #sound(opus: Uint8Array): void {
    if (format !== "opus") return this.#binary(new Uint8Array(this.#decoder.decode(opus).buffer));
    const page = this.#muxer.push(opus, PACKET_MS);
    if (page !== undefined) this.#binary(page);
  }

  #binary(bytes: Uint8Array<ArrayBufferLike>): void {
    this.#outbound.send(new Uint8Array(bytes), { binary: true, compress: false }, ignore);
  }

  #command(name: string, payload?: Readonly<Record<string, unknown>>): void {
    const text = JSON.stringify({ header: { name, task_id: this.#taskId }, ...(payload && { payload }) });
    this.#outbound.send(text, { binary: false, compress: false }, ignore);
  }
}

/** Hears each packet, and decodes it a second time for the service, as its detector has its own decoder. */
class HearingDevice implements BareDevice {
  readonly ready = Promise.resolve();
  readonly #socket: WebSocket;
  readonly #ear = new OpusDecoder();
  readonly #decoder = new OpusDecoder();
  #preRoll: readonly Uint8Array[] = [];
  #rest = new Int16Array(0);
  #run = 0;
  #sentence: Sentence | undefined;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  packet(bytes: ArrayBuffer): void {
    const opus = new Uint8Array(bytes);
    if (this.#sentence !== undefined) return this.#sentence.packet(opus);
    this.#preRoll = [...this.#preRoll, opus].slice(-PRE_ROLL_PACKETS);
    if (!this.#hears(this.#ear.decode(opus))) return;
    const sentence = this.#sentence = new Sentence(this.#preRoll, this.#decoder, (text) => {
      if (this.#sentence !== sentence) return;
      sentence.end();
      this.#tell({ type: "stt", text });
      this.#tell({ type: "tts", state: "start" });
      this.#tell({ type: "tts", state: "stop" });
      this.#sentence = undefined;
      this.#preRoll = [];
      this.#run = 0;
    });
  }

  gone(): void {
    this.#sentence?.gone();
    this.#ear.close();
    this.#decoder.close();
  }

  #hears(pcm: Int16Array): boolean {
    const all = new Int16Array(this.#rest.length + pcm.length);
    all.set(this.#rest);
    all.set(pcm, this.#rest.length);
    let at = 0;
    for (; at + VAD_SAMPLES <= all.length; at += VAD_SAMPLES) {
      this.#run = loudnessOf(all.subarray(at, at + VAD_SAMPLES)) >= LOUD_DB ? this.#run + 1 : 0;
      if (this.#run >= START_FRAMES) return true;
    }
    this.#rest = all.slice(at);
    return false;
  }

  #tell(message: Readonly<Record<string, unknown>>): void {
    if (this.#socket.readyState === WebSocket.OPEN) {
      this.#socket.send(JSON.stringify({ ...message, session_id: "bare" }));
    }
  }
}

await serveBare((socket) => new HearingDevice(socket));
