/**
 * The far end of a relay, in a process of its own: takes whatever comes over WebSockets, counts it, and looks at the
 * stamps in it. It answers tasks as DashScope does, so that the gateway may relay to it as well. For the word
 * `arrivals` it says what has come since it was asked before.
 */
import {
  type Histogram,
  loadHistograms,
  type Percentiles,
  stampNowMs,
  stampsIn,
} from "../../../lib/device/load/mod.ts";
import { serveMeasured } from "../../support/measured_server.ts";

/** What has come. */
export interface Arrivals {
  /** Binary messages. */
  readonly messages: number;
  /** Stamps in them; a page of Ogg may hold several. */
  readonly stamps: number;
  /** Stamps whose number was not the next of their device: something was lost, came twice, or too early. */
  readonly outOfOrder: number;
  /** From a packet's leaving the generator to its coming here, in ms. */
  readonly latencyMs: Percentiles;
  /**
   * The same for the last packet of each message, which is what made the relay send it: the others of a page of Ogg
   * wait for it on purpose.
   */
  readonly lastLatencyMs: Percentiles;
}

/** Counts messages by their stamps. */
class Counter {
  readonly #createHistogram: () => Histogram;
  #latency: Histogram;
  #lastLatency: Histogram;
  readonly #next = new Map<number, number>();
  #messages = 0;
  #stamps = 0;
  #outOfOrder = 0;

  constructor(createHistogram: () => Histogram) {
    this.#createHistogram = createHistogram;
    this.#latency = createHistogram();
    this.#lastLatency = createHistogram();
  }

  take(message: Uint8Array): void {
    this.#messages++;
    const nowMs = stampNowMs();
    const stamps = stampsIn(message);
    const last = stamps.at(-1);
    if (last !== undefined) this.#lastLatency.record(nowMs - last.sentMs);
    for (const { device, seq, sentMs } of stamps) {
      this.#stamps++;
      this.#latency.record(nowMs - sentMs);
      // A generator that is started anew counts from 0 again.
      if (seq !== 0 && seq !== this.#next.get(device)) this.#outOfOrder++;
      this.#next.set(device, seq + 1);
    }
  }

  /** What has come since it was asked before. */
  arrivals(): Arrivals {
    const arrivals = {
      messages: this.#messages,
      stamps: this.#stamps,
      outOfOrder: this.#outOfOrder,
      latencyMs: this.#latency.percentiles(),
      lastLatencyMs: this.#lastLatency.percentiles(),
    };
    this.#messages = this.#stamps = this.#outOfOrder = 0;
    this.#latency = this.#createHistogram();
    this.#lastLatency = this.#createHistogram();
    return arrivals;
  }
}

/** As much of DashScope as an adapter needs to be happy: a first word with the first sound, the sentence at the end. */
class Tasks {
  readonly #socket: WebSocket;
  #taskId = "";
  #heard = false;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  command(text: string): void {
    const { header: { action, task_id } } = JSON.parse(text);
    this.#taskId = task_id;
    if (action === "run-task") {
      this.#heard = false;
      this.#say("task-started");
    } else if (action === "finish-task") {
      this.#say("result-generated", { output: { sentence: { text: "words", sentence_end: true } } });
      this.#say("task-finished");
    }
  }

  sound(): void {
    if (this.#heard || this.#taskId === "") return;
    this.#heard = true;
    this.#say("result-generated", { output: { sentence: { text: "word", sentence_end: false } } });
  }

  #say(event: string, payload = {}): void {
    this.#socket.send(JSON.stringify({ header: { event, task_id: this.#taskId }, payload }));
  }
}

if (import.meta.main) {
  const createHistogram = await loadHistograms();
  const counter = new Counter(createHistogram);
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
    socket.binaryType = "arraybuffer";
    const tasks = new Tasks(socket);
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") return tasks.command(data);
      counter.take(new Uint8Array(data));
      tasks.sound();
    };
    socket.onerror = (event) => event.preventDefault();
    return response;
  });
  await serveMeasured(`ws://127.0.0.1:${server.addr.port}/`, () => counter.arrivals());
  Deno.exit(0);
}
