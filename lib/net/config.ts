import { z } from "zod";
import { urlOf } from "./url_config.ts";

/** How the certificate of another host is checked. */
export const peerTlsConfig = z.strictObject({
  verify: z.boolean().default(true)
    .describe("false trusts any certificate, as the self-signed one of a server in your own network"),
  caFile: z.string().min(1).optional()
    .describe(
      "PEM file of the authority that signed the host's certificate, or of that certificate if it signs itself",
    ),
});

/** The checked `tls` block of a service. */
export type PeerTlsConfig = z.output<typeof peerTlsConfig>;

/** The URL of a WebSocket. */
export const webSocketUrl = urlOf("ws", "wss");

/** The URL of an HTTP service. */
export const httpUrl = urlOf("http", "https");

/** The address of a TCP service. */
export const tcpUrl = urlOf("tcp");

/** The address of an MQTT broker. */
export const mqttUrl = urlOf("mqtt", "mqtts");
