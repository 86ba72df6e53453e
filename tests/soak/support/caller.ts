import { OpusEncoder } from "../../../lib/audio/mod.ts";
import { RawWebSocket } from "../../../lib/device/mod.ts";
import { noise } from "../../support/noise.ts";

const NEVER = new AbortController().signal;
const PACKET_MS = 60;
const PACKETS = packets();
/** How long a device waits for what is due to it, in ms; longer than any deadline of the gateway. */
const PATIENCE_MS = 45_000;

/** A device that is cheap to have ten thousand times: it counts what it hears. */
export class Caller {
  readonly #socket: RawWebSocket;
  readonly #waiting = new Set<() => void>();
  #ended = false;
  /** What it has heard since it asked last. */
  heard = { frames: 0, stops: 0, alerts: 0 };
  /** The last alert, as it came. */
  alert = "";
  #greeted = false;

  private constructor(socket: RawWebSocket) {
    this.#socket = socket;
    void this.#read();
  }

  /** Connects and says hello. */
  static async connect(url: URL, deviceId: string): Promise<Caller> {
    const headers = { "Device-Id": deviceId, "Protocol-Version": "1" };
    const caller = new Caller(await RawWebSocket.connect(url, { headers }, NEVER));
    caller.say({ type: "hello", transport: "websocket" });
    await caller.#until(() => caller.#greeted, "hello");
    return caller;
  }

  say(message: Readonly<Record<string, unknown>>): void {
    this.#socket.send(JSON.stringify(message));
  }

  /** Types a question; what was heard before it does not count. */
  ask(question: string): void {
    this.heard = { frames: 0, stops: 0, alerts: 0 };
    this.say({ type: "listen", state: "detect", text: question });
  }

  /** Says the wake word. */
  wake(): void {
    this.ask("Alexa");
  }

  /** Asks by speaking for so long. */
  speak(durationMs: number): void {
    this.heard = { frames: 0, stops: 0, alerts: 0 };
    this.say({ type: "listen", state: "start", mode: "manual" });
    for (let index = 0; index < durationMs / PACKET_MS; index++) {
      this.#socket.send(PACKETS[index % PACKETS.length] ?? new Uint8Array());
    }
    this.say({ type: "listen", state: "stop" });
  }

  /** Resolves once so many frames were heard. */
  frames(count: number): Promise<void> {
    return this.#until(() => this.heard.frames >= count, `${count} frames`);
  }

  /** Resolves once it was told that it need not wait. */
  stopped(): Promise<void> {
    return this.#until(() => this.heard.stops > 0, "tts stop");
  }

  stall(): void {
    this.#socket.stall();
  }

  drop(): void {
    this.#socket.drop();
  }

  async #read(): Promise<void> {
    for await (const message of this.#socket) {
      if (typeof message !== "string") this.heard.frames++;
      else if (message.includes('"type":"hello"')) this.#greeted = true;
      else if (message.includes('"type":"alert"')) {
        this.heard.alerts++;
        this.alert = message;
      } else if (message.includes('"type":"tts"') && message.includes('"state":"stop"')) this.heard.stops++;
      for (const wake of this.#waiting) wake();
    }
    this.#ended = true;
    for (const wake of this.#waiting) wake();
  }

  async #until(condition: () => boolean, what: string): Promise<void> {
    const done = Promise.withResolvers<void>();
    const look = () => {
      if (condition()) done.resolve();
      else if (this.#ended) done.reject(new Error(`the connection ended before ${what}`));
    };
    const timer = setTimeout(
      () => done.reject(new Error(`waited in vain for ${what}: ${JSON.stringify(this.heard)}`)),
      PATIENCE_MS,
    );
    this.#waiting.add(look);
    look();
    try {
      await done.promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(look);
    }
  }
}

function packets(): Uint8Array[] {
  const encoder = new OpusEncoder({ sampleRateHz: 16_000 });
  const sound = noise(20 * 960, 8_000);
  const encoded = Array.from(
    { length: 20 },
    (_, index) => encoder.encode(sound.subarray(index * 960, (index + 1) * 960)),
  );
  encoder.close();
  return encoded;
}
