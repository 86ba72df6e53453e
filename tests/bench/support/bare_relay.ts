/**
 * A bare relay: one outbound `npm:ws` socket a device, into which each packet is written as it is. Arguments: the URL of
 * the sink, and `for-ever` where a device that has vanished is never to be noticed.
 */
import { WebSocket as OutboundSocket } from "../../../lib/net/ws_client.ts";
import { type BareDevice, serveBare } from "./bare_server.ts";

const [sinkUrl = "", patience] = Deno.args;

await serveBare((socket): BareDevice => {
  const outbound = new OutboundSocket(sinkUrl, [], {
    headers: {},
    maxPayload: 1_048_576,
    perMessageDeflate: false,
    followRedirects: false,
  });
  outbound.on("error", () => socket.close());
  return {
    ready: new Promise((resolve) => outbound.on("open", resolve)),
    packet: (bytes) => outbound.send(new Uint8Array(bytes), { binary: true, compress: false }, ignore),
    gone: () => outbound.terminate(),
  };
}, patience === "for-ever" ? { idleTimeout: 0 } : {});

function ignore(): void {}
