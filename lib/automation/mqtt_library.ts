/**
 * The MQTT library: loaded by a computed name, only where a broker is configured. Only its client is loaded, and
 * neither its WebSockets nor its proxies.
 *
 * @module
 */
// @ts-types="./mqtt_client.d.ts"
import module from "mqtt/lib/client";

/** The client, which is given a stream for each connection. */
export const MqttClient = module.default;
