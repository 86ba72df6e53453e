import { type AutomationFacts, type EventDevice, eventOf, outgoing } from "./event.ts";
import type { AutomationConfig } from "./config.ts";
import { Delivery, type DeliveryStats, type SinkName } from "./delivery.ts";
import type { MqttSink } from "./mqtt_sink.ts";
import type { Webhook } from "./webhook.ts";
import type { Clock } from "../lifecycle/mod.ts";

/** What the config says of a device. */
export interface KnownDevice {
  readonly name?: string | undefined;
  readonly room?: string | undefined;
}

/** What a session needs of home automation. */
export interface AutomationPublisher {
  /** Takes in what happened in a turn, at once; it never throws and nobody waits. */
  publish(facts: AutomationFacts, device: string | undefined): void;
}

/** Options of an {@linkcode Automation}. */
export interface AutomationOptions {
  readonly webhook?: { readonly sink: Webhook; readonly events: readonly string[] } | undefined;
  readonly mqtt?: MqttSink | undefined;
  /** The `devices` section of the config. */
  readonly devices: Readonly<Record<string, KnownDevice>>;
  readonly clock: Clock;
  /** The time of day, in ms since 1970. */
  readonly wallMs: () => number;
}

/** What became of events, by where they go; absent where that is not configured. */
export interface AutomationStats {
  readonly sinks: Readonly<Partial<Record<SinkName, DeliveryStats>>>;
  /** Whether the MQTT broker can be reached. */
  readonly connected: boolean;
}

/** Brings what is said and answered to home automation; each receiver has a queue of its own. */
export class Automation implements AutomationPublisher {
  readonly #options: AutomationOptions;
  readonly #webhook: Delivery | undefined;
  readonly #mqtt: Delivery | undefined;

  /** Takes events from now on. */
  constructor(options: AutomationOptions) {
    this.#options = options;
    const { webhook, mqtt, clock } = options;
    this.#webhook = webhook && new Delivery({
      sink: "webhook",
      send: (event, signal) => webhook.sink.send(event, signal),
      restMs: (error) => webhook.sink.restMs(error),
      clock,
    });
    this.#mqtt = mqtt &&
      new Delivery({ sink: "mqtt", send: (event, signal) => mqtt.send(event, signal), clock });
  }

  /** What became of events so far. */
  get stats(): AutomationStats {
    return {
      sinks: {
        ...(this.#webhook && { webhook: this.#webhook.stats }),
        ...(this.#mqtt && { mqtt: this.#mqtt.stats }),
      },
      connected: this.#options.mqtt?.connected === true,
    };
  }

  /** Takes in what happened in a turn, at once; it never throws and nobody waits. */
  publish(facts: AutomationFacts, deviceId: string | undefined): void {
    const event = outgoing(eventOf(facts, {
      id: crypto.randomUUID(),
      atMs: this.#options.wallMs(),
      device: deviceOf(deviceId, this.#options.devices),
    }));
    if (this.#options.webhook?.events.includes(facts.type)) this.#webhook?.push(event);
    this.#mqtt?.push(event);
  }

  /** Drops what waits of a device. */
  forget(deviceId: string): void {
    this.#webhook?.forget(deviceId);
    this.#mqtt?.forget(deviceId);
  }

  /** Sends what waits within 1.7 s, drops the rest, and ends every connection. May be called twice. */
  async close(): Promise<void> {
    const { webhook, mqtt } = this.#options;
    await Promise.all([
      this.#webhook?.stop().then(() => webhook?.sink.close()),
      this.#mqtt?.stop().then(() => mqtt?.close()),
    ]);
  }
}

/** A device as events and Home Assistant show it. */
export function deviceOf(id: string, devices: Readonly<Record<string, KnownDevice>>): EventDevice & {
  readonly id: string;
};
export function deviceOf(
  id: string | undefined,
  devices: Readonly<Record<string, KnownDevice>>,
): EventDevice;
export function deviceOf(
  id: string | undefined,
  devices: Readonly<Record<string, KnownDevice>>,
): EventDevice {
  if (id === undefined) return {};
  const { name, room } = Object.hasOwn(devices, id) ? devices[id] ?? {} : {};
  return { id, ...(name !== undefined && { name }), ...(room !== undefined && { room }) };
}

/** Whether anything is configured. */
export function isConfigured({ webhook, mqtt }: AutomationConfig): boolean {
  return webhook !== undefined || mqtt !== undefined;
}
