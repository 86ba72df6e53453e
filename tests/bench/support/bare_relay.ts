/**
 * A bare relay: one outbound `npm:ws` socket a device, into which each packet is written as it is. Argument: the URL of
 * the sink.
 */
import { WebSocket as OutboundSocket } from "../../../lib/net/ws_client.ts";
import { type BareDevice, serveBare } from "./bare_server.ts";

const [sinkUrl = ""] = Deno.args;

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
});

function ignore(): void {}
