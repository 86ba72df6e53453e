/**
 * A WebSocket server without any code of Earshot's that gives the same answers: what the platform itself holds
 * after so many connections.
 *
 *     deno run -A tests/soak/support/bare_server.ts deno|ws PING_TIMEOUT_SECONDS
 */
import { createServer } from "node:http";
import { type ProcessHeld, processHeld, serveMeasured } from "../../support/measured_server.ts";
// @ts-types="../../../lib/server/transport/ws_package.d.ts"
import { WebSocket as WsSocket, WebSocketServer } from "ws";

/** What it answers to each word. */
export type BareAnswers = { readonly held: ProcessHeld };

const HELLO = JSON.stringify({ type: "hello", transport: "websocket", session_id: "" });
const ANSWER = ["stt", "tts start", "tts stop"].map((type) => JSON.stringify({ type, session_id: "" }));

interface BareSocket {
  send(message: string): void;
  close(): void;
}

function answer(socket: BareSocket, message: string): void {
  if (message.includes("hello")) socket.send(HELLO);
  if (message.includes("stop")) { for (const said of ANSWER) socket.send(said); }
  if (message.includes("goodbye")) socket.close();
}

/** Deno's own server; gives its port. */
function serveDeno(idleTimeout: number): Promise<number> {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    try {
      const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout });
      socket.binaryType = "arraybuffer";
      socket.onerror = () => {};
      socket.onmessage = ({ data }) => {
        if (typeof data === "string") answer(socket, data);
      };
      return response;
    } catch {
      return new Response("no", { status: 400 });
    }
  });
  return Promise.resolve(server.addr.port);
}

/** `npm:ws` over `node:http`; gives its port. */
function serveWs(): Promise<number> {
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: 65_536,
    closeTimeout: 2_000,
    WebSocket: WsSocket,
  });
  const server = createServer((_request, response) => {
    response.writeHead(400).end();
  });
  server.on("upgrade", (request, _stream, head) => {
    request.socket.on("error", () => {});
    sockets.handleUpgrade(request, request.socket, head, (socket) => {
      socket.on("error", () => {});
      socket.on("message", (data, isBinary) => {
        if (isBinary) return;
        const send = (message: string) => socket.send(message, { binary: false, compress: false });
        answer({ send, close: () => socket.close(1000) }, data.toString());
      });
    });
  });
  const { promise, resolve } = Promise.withResolvers<number>();
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    resolve(typeof address === "object" && address !== null ? address.port : 0);
  });
  return promise;
}

if (import.meta.main) {
  const [transport, seconds] = Deno.args;
  const port = transport === "ws" ? await serveWs() : await serveDeno(Number(seconds));
  await serveMeasured(`ws://127.0.0.1:${port}/`, processHeld);
  Deno.exit(0);
}
