import { ownUsage } from "../../../lib/device/load/own_usage.ts";
import { serveMeasured } from "../../support/measured_server.ts";

/** How a bare server takes sockets. */
export interface BareServerOptions {
  /** How long a device may be silent before it is pinged, in s; 0 is for ever. Default: Deno's own. */
  readonly idleTimeout?: number;
}

/** What a bare server does with the packets of one device. */
export interface BareDevice {
  /** Resolves when packets may come; the hello is answered then. */
  readonly ready: Promise<void>;
  /** Takes a packet. */
  packet(bytes: ArrayBuffer): void;
  /** The device has gone. */
  gone(): void;
}

const HELLO = JSON.stringify({
  type: "hello",
  transport: "websocket",
  session_id: "bare",
  audio_params: { format: "opus", sample_rate: 24_000, channels: 1, frame_duration: 60 },
});
const STOP = JSON.stringify({ type: "tts", state: "stop" });

/**
 * The least that a server can do for devices, as the process that it is: it answers each hello, ends each turn at once,
 * and hands packets over. Nothing is decoded, checked, bounded or kept. For the word `usage` it says what it has used.
 */
export async function serveBare(
  accept: (socket: WebSocket) => BareDevice,
  options: BareServerOptions = {},
): Promise<never> {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    if (request.headers.get("upgrade") !== "websocket") return new Response(null, { status: 404 });
    const { socket, response } = Deno.upgradeWebSocket(request, options);
    socket.binaryType = "arraybuffer";
    const device = accept(socket);
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") void device.ready.then(() => answer(data, socket));
      else device.packet(data);
    };
    socket.onerror = (event) => event.preventDefault();
    socket.onclose = () => device.gone();
    return response;
  });
  await serveMeasured(`ws://127.0.0.1:${server.addr.port}/`, ownUsage);
  Deno.exit(0);
}

function answer(text: string, socket: WebSocket): void {
  const { type, state } = JSON.parse(text);
  if (socket.readyState !== WebSocket.OPEN) return;
  if (type === "hello") socket.send(HELLO);
  if (type === "listen" && state === "stop") socket.send(STOP);
}
