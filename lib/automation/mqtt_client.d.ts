/** What Earshot uses of `npm:mqtt`, whose own types bring those of node's globals along. */
import type { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";

export class MqttClient extends EventEmitter {
  constructor(
    stream: () => Socket,
    options: {
      readonly protocolVersion: 4;
      readonly clean: boolean;
      readonly reconnectPeriod: number;
      readonly connectTimeout: number;
      readonly keepalive: number;
      readonly clientId: string;
      readonly username?: string;
      readonly password?: string;
      readonly will?: {
        readonly topic: string;
        readonly payload: Buffer;
        readonly qos: 1;
        readonly retain: boolean;
      };
    },
  );
  publish(
    topic: string,
    payload: Buffer,
    options: { readonly qos: 1; readonly retain: boolean },
    callback: (error?: Error | null) => void,
  ): void;
  end(force: boolean): void;
  on(event: "packetreceive" | "connect", listener: () => void): this;
  on(event: "error", listener: (error: Error & { readonly code?: unknown }) => void): this;
}
declare const module: { readonly default: typeof MqttClient };
export default module;
