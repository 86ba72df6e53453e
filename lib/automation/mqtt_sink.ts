import { getLogger } from "@logtape/logtape";
import { EarshotError } from "../errors/mod.ts";
import { pause, raceSignal, within } from "../lifecycle/mod.ts";
import type { OutgoingEvent } from "./event.ts";
import { discoveryOf } from "./discovery.ts";
import {
  type MqttConnection,
  type MqttConnectionOptions,
  type MqttMessage,
  openMqtt,
} from "./mqtt_connection.ts";
import { type NamedDevice, statusTopic, topicOf } from "./topics.ts";

/** The pauses between tries to connect, in ms: doubled up to the longest. */
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 30_000;
/** How long the broker may take to be told that the gateway is gone, in ms. */
const GOODBYE_MS = 300;
/** Of how many devices Home Assistant is told: anybody may connect as many as he likes. */
export const MAX_DISCOVERED_DEVICES = 256;

const logger = getLogger(["earshot", "automation"]);

/** Options of an {@linkcode MqttSink}. */
export interface MqttSinkOptions extends Omit<MqttConnectionOptions, "will"> {
  /** What topics begin with. */
  readonly topic: string;
  /** What those of discovery begin with; `false` tells nothing. */
  readonly discovery: string | false;
  /** The devices that are known beforehand. */
  readonly devices: readonly NamedDevice[];
}

/** An MQTT broker that takes events. The connection is kept, and made anew when it breaks. */
export class MqttSink {
  readonly #options: MqttSinkOptions;
  readonly #devices = new Map<string, NamedDevice>();
  readonly #life = new AbortController();
  readonly #keeping: Promise<void>;
  /** Of the connection that there is, the devices that it was told of. */
  #told = new Set<string>();
  #current: MqttConnection | undefined;
  #next = Promise.withResolvers<MqttConnection>();
  #ailing = false;

  /** Begins to connect. */
  constructor(options: MqttSinkOptions) {
    this.#options = options;
    for (const device of options.devices) this.#know(device);
    this.#keeping = this.#keep();
  }

  /** Whether the broker can be reached now. */
  get connected(): boolean {
    return this.#current !== undefined;
  }

  /** Publishes an event once there is a connection. Rejects, retryable, where the connection breaks before. */
  async send({ type, device, body }: OutgoingEvent, signal: AbortSignal): Promise<void> {
    const connection = this.#current ?? await raceSignal(this.#next.promise, signal);
    const { id } = device;
    if (id !== undefined && this.#know({ ...device, id })) await this.#tell(connection, { ...device, id });
    await connection.publish(
      { topic: topicOf(this.#options.topic, { type, device }), payload: body },
      signal,
    );
  }

  /** Says that the gateway is gone, and ends the connection. May be called twice. */
  async close(): Promise<void> {
    const connection = this.#current;
    this.#current = undefined;
    this.#life.abort();
    if (connection !== undefined) {
      await within(connection.publish(this.#status("offline")), GOODBYE_MS, this.#options.clock).catch(
        () => {},
      );
      await connection.close();
    }
    await this.#keeping;
  }

  async #keep(): Promise<void> {
    const { signal } = this.#life;
    for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(MAX_PAUSE_MS, 2 * pauseMs)) {
      try {
        const connection = await openMqtt({ ...this.#options, will: this.#status("offline") }, signal);
        const error = await this.#use(connection);
        if (signal.aborted) return;
        this.#failed(error);
        pauseMs = FIRST_PAUSE_MS;
      } catch (thrown) {
        if (signal.aborted) return;
        this.#failed(EarshotError.from(thrown));
      }
      await pause(pauseMs, { clock: this.#options.clock, signal }).catch(() => {});
    }
  }

  /** Tells the broker all that it has to know, and lets events through until the connection ends. */
  async #use(connection: MqttConnection): Promise<EarshotError> {
    try {
      this.#told = new Set();
      await connection.publish(this.#status("online"), this.#life.signal);
      for (const device of this.#devices.values()) await this.#tell(connection, device);
      this.#recovered();
      this.#current = connection;
      this.#next.resolve(connection);
      return await connection.closed;
    } finally {
      if (this.#current === connection) {
        this.#current = undefined;
        this.#next = Promise.withResolvers();
      }
      connection.destroy();
    }
  }

  /** Whether it is one of those that Home Assistant is told of. */
  #know(device: NamedDevice): boolean {
    if (this.#options.discovery === false) return false;
    if (this.#devices.has(device.id)) return true;
    if (this.#devices.size >= MAX_DISCOVERED_DEVICES) return false;
    this.#devices.set(device.id, device);
    return true;
  }

  async #tell(connection: MqttConnection, device: NamedDevice): Promise<void> {
    const { discovery, topic } = this.#options;
    if (discovery === false || this.#told.has(device.id)) return;
    for (const message of discoveryOf(device, { discovery, topic })) {
      await connection.publish(message, this.#life.signal);
    }
    this.#told.add(device.id);
  }

  #status(payload: "online" | "offline"): MqttMessage {
    return { topic: statusTopic(this.#options.topic), payload, retain: true };
  }

  #failed({ code, message, entry: { remedy } }: EarshotError): void {
    if (this.#ailing) return;
    this.#ailing = true;
    logger.warn("The broker of automation.mqtt is not there: {message}", { code, message, remedy });
  }

  #recovered(): void {
    if (this.#ailing) logger.info("The broker of automation.mqtt is there again");
    this.#ailing = false;
  }
}
