import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import { until } from "./until.ts";

/** A message that was published. */
export interface Published {
  readonly topic: string;
  readonly text: string;
  readonly retained: boolean;
}

/** The few bytes of MQTT 3.1.1 that reading takes, apart from the library that is tested: subscribes to everything. */
export class MqttSubscriber implements AsyncDisposable {
  readonly messages: Published[] = [];
  readonly #socket: Socket;
  #bytes = Buffer.alloc(0);
  #subscribed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes: Uint8Array) => {
      this.#bytes = Buffer.concat([this.#bytes, bytes]);
      this.#read();
    });
    socket.on("error", () => {});
  }

  /** Connects and subscribes; resolves once that is so. */
  static async open(
    port: number,
    user?: { readonly name: string; readonly password: string },
  ): Promise<MqttSubscriber> {
    const socket = connect({ host: "127.0.0.1", port });
    const subscriber = new MqttSubscriber(socket);
    const head = [
      ...field("MQTT"),
      4,
      user === undefined ? 0b10 : 0b1100_0010,
      0,
      60,
      ...field(`t-${crypto.randomUUID().slice(0, 8)}`),
    ];
    const login = user === undefined ? [] : [...field(user.name), ...field(user.password)];
    socket.write(packet(0x10, [...head, ...login]));
    socket.write(packet(0x82, [0, 1, ...field("#"), 1]));
    await until(() => subscriber.#subscribed, "a subscription");
    return subscriber;
  }

  /** The messages of a topic, parsed. */
  of(topic: string): Record<string, unknown>[] {
    return this.messages.filter((message) => message.topic === topic).map(({ text }) => JSON.parse(text));
  }

  /** The last text of a topic. */
  last(topic: string): string | undefined {
    return this.messages.findLast((message) => message.topic === topic)?.text;
  }

  /** Cuts the connection, and resolves once it has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket.closed) return;
    const closed = new Promise((resolve) => this.#socket.once("close", resolve));
    this.#socket.destroy();
    await closed;
  }

  #read(): void {
    for (;;) {
      let [length, at] = [0, 1];
      for (let shift = 0;; shift += 7) {
        const byte = this.#bytes[at++];
        if (byte === undefined) return;
        length |= (byte & 0x7f) << shift;
        if (byte < 0x80) break;
      }
      if (this.#bytes.length < at + length) return;
      const [first = 0] = this.#bytes;
      this.#handle(first, this.#bytes.subarray(at, at + length));
      this.#bytes = this.#bytes.subarray(at + length);
    }
  }

  #handle(first: number, body: Buffer): void {
    if (first >> 4 === 9) this.#subscribed = true;
    if (first >> 4 !== 3) return;
    const topicEnd = 2 + body.readUInt16BE(0);
    const hasId = (first & 0b110) !== 0;
    if (hasId) this.#socket.write(packet(0x40, [...body.subarray(topicEnd, topicEnd + 2)]));
    this.messages.push({
      topic: body.toString("utf8", 2, topicEnd),
      text: body.toString("utf8", topicEnd + (hasId ? 2 : 0)),
      retained: (first & 1) === 1,
    });
  }
}

function field(text: string): readonly number[] {
  const bytes = Buffer.from(text);
  return [bytes.length >> 8, bytes.length & 0xff, ...bytes];
}

function packet(first: number, body: readonly number[]): Buffer {
  return Buffer.from([first, body.length, ...body]);
}
