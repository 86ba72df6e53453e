import { Buffer } from "node:buffer";
import { EarshotError } from "../errors/mod.ts";
import { type Clock, withDeadline } from "../lifecycle/mod.ts";
import { connectError, loadStreams, type NodeStreams, type PeerTrust } from "../net/mod.ts";
import type { MqttClient } from "./mqtt_client.d.ts";

/** What is loaded only where a broker is configured. */
interface Library extends Pick<NodeStreams, "openStream"> {
  readonly MqttClient: typeof MqttClient;
}

type Socket = ReturnType<NodeStreams["openStream"]>;

/** How long a broker may take to accept a connection, and to acknowledge a message, in ms. */
const CONNECT_MS = 10_000;
const PUBLISH_MS = 10_000;
/** How long a goodbye may take, in ms. */
const CLOSE_MS = 300;
/** How often a quiet connection is tried, in s. */
const KEEPALIVE_SECONDS = 30;
/** What a broker may send between two packets, in bytes: to us it sends acknowledgements. */
const MAX_RECEIVED_BYTES = 65_536;
/** What CONNACK says of who we are: an id, a user or a password, or what that user may do. */
const AUTH_CODES: readonly unknown[] = [2, 4, 5];

/** A message that is published, at least once (QoS 1). */
export interface MqttMessage {
  readonly topic: string;
  readonly payload: string | Uint8Array;
  /** Whether the broker keeps it for whoever subscribes later. */
  readonly retain?: boolean;
}

/** Options of {@linkcode openMqtt}. */
export interface MqttConnectionOptions {
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly trust: PeerTrust;
  /** What the broker publishes should the connection break. */
  readonly will?: MqttMessage | undefined;
  readonly clock: Clock;
}

let library: Promise<Library> | undefined;

/** Loads what speaks MQTT, once. It reads the environment, so a command calls this before it gives that up. */
export async function loadMqtt(): Promise<Library> {
  return await (library ??= load());
}

async function load(): Promise<Library> {
  const module: Pick<Library, "MqttClient"> = await import(
    new URL("./mqtt_library.ts", import.meta.url).href
  );
  const { openStream } = await loadStreams();
  return { ...module, openStream };
}

/**
 * Connects to a broker. Rejects with `net.unreachable`, `net.certificate`, `automation.auth`, `automation.refused`,
 * `automation.timeout` or `canceled`; nothing stays open then.
 */
export async function openMqtt(options: MqttConnectionOptions, signal: AbortSignal): Promise<MqttConnection> {
  const connection = new MqttConnection(await loadMqtt(), options);
  try {
    await withDeadline(connection.accepted, CONNECT_MS, {
      clock: options.clock,
      signal,
      errorAtDeadline: () =>
        new EarshotError(
          "automation.timeout",
          `Cannot connect to ${addressOf(options.url)}: it did not answer within ${CONNECT_MS / 1_000} s`,
        ),
    });
    return connection;
  } catch (thrown) {
    connection.destroy();
    throw thrown;
  }
}

/** One connection to a broker; when it ends, it has ended for good. */
class MqttConnection {
  /** Resolves once the broker has accepted it; rejects where it ends before. */
  readonly accepted: Promise<void>;
  /** Resolves when it has ended, with the reason. */
  readonly closed: Promise<EarshotError>;
  readonly #options: MqttConnectionOptions;
  readonly #address: string;
  readonly #client: MqttClient;
  readonly #socket: Socket;
  #fault: EarshotError | undefined;
  #destroyed = false;

  /** Begins to connect. */
  constructor({ MqttClient, openStream }: Library, options: MqttConnectionOptions) {
    const { url, username, password, will, trust } = options;
    this.#options = options;
    this.#address = addressOf(url);
    const { hostname, port, protocol } = new URL(`${url.split(":", 1)[0]}://${this.#address}`);
    const socket = this.#socket = openStream({
      host: hostname.replace(/^\[(.*)\]$/, "$1"),
      port: Number(port),
      trust: protocol === "mqtts:" ? trust : undefined,
    });
    const accepted = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<EarshotError>();
    this.accepted = accepted.promise;
    this.closed = closed.promise;
    accepted.promise.catch(() => {}); // whoever gives it up meanwhile does not wait for it
    socket.on("error", (cause) => this.#fault ??= connectError(`tcp://${this.#address}`, cause));
    socket.on("close", () => {
      const error = this.#fault ?? new EarshotError(
        "automation.refused",
        `Cannot go on with ${this.#address}: it ended the connection`,
        { retryable: true },
      );
      accepted.reject(error);
      closed.resolve(error);
    });
    let receivedBytes = 0;
    socket.on("data", (bytes: Uint8Array) => {
      receivedBytes += bytes.length;
      if (receivedBytes > MAX_RECEIVED_BYTES) this.#broken("it sent far too much");
    });
    // Reconnecting, waiting and keeping what was not acknowledged are ours, with our bounds.
    this.#client = new MqttClient(() => socket, {
      protocolVersion: 4,
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: 2 * CONNECT_MS,
      keepalive: KEEPALIVE_SECONDS,
      clientId: `earshot-${crypto.randomUUID().slice(0, 13)}`,
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      ...(will && {
        will: { topic: will.topic, payload: bufferOf(will.payload), qos: 1, retain: will.retain === true },
      }),
    });
    this.#client.on("packetreceive", () => receivedBytes = 0);
    this.#client.on("connect", () => accepted.resolve());
    this.#client.on("error", (error) => {
      const { code } = error;
      // What the socket says comes from the socket; a number is the broker's own answer.
      if (typeof code === "string") return;
      if (typeof code !== "number") return this.#broken("it does not speak MQTT");
      const isAuth = AUTH_CODES.includes(code);
      this.#fault ??= new EarshotError(
        isAuth ? "automation.auth" : "automation.refused",
        `Cannot connect to ${this.#address}: it refuses ${
          isAuth ? "the user or the password" : "us"
        } (${code})`,
        { retryable: true },
      );
      this.destroy();
    });
  }

  /** Publishes a message and resolves once the broker has it. Rejects, retryable, where the connection ends before. */
  async publish({ topic, payload, retain = false }: MqttMessage, signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#client.publish(topic, bufferOf(payload), { qos: 1, retain }, (error) => {
      if (error) reject(EarshotError.from(error, "automation.refused"));
      else resolve();
    });
    const ended = this.closed.then((error) => {
      throw new EarshotError(error.code, error.message, { retryable: true, cause: error });
    });
    try {
      await withDeadline(Promise.race([ended, promise]), PUBLISH_MS, {
        clock: this.#options.clock,
        ...(signal && { signal }),
        errorAtDeadline: () => this.#broken(`it acknowledged nothing for ${PUBLISH_MS / 1_000} s`),
      });
    } finally {
      promise.catch(() => {}); // a connection that ends rejects it as well
    }
  }

  /** Says goodbye and ends it; the last will is then not published. Never rejects, and may be called twice. */
  async close(): Promise<void> {
    const gone = this.closed.then(() => {});
    this.#client.end(false);
    await withDeadline(gone, CLOSE_MS, { clock: this.#options.clock }).catch(() => {});
    this.destroy();
  }

  /** Cuts it. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#client.end(true);
    this.#socket.destroy();
  }

  #broken(why: string): EarshotError {
    const error = this.#fault ??= new EarshotError(
      "automation.timeout",
      `Cannot go on with ${this.#address}: ${why}`,
    );
    this.destroy();
    return error;
  }
}

export type { MqttConnection };

/** The host and the port of a broker. */
function addressOf(url: string): string {
  const { host, port, protocol } = new URL(url);
  return port !== "" ? host : `${host}:${protocol === "mqtts:" ? 8_883 : 1_883}`;
}

function bufferOf(payload: string | Uint8Array): Buffer {
  return typeof payload === "string" ? Buffer.from(payload) : Buffer.from(payload);
}
