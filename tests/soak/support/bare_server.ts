/**
 * A WebSocket server without any code of Earshot's that gives the same answers: what the platform itself holds
 * after so many connections.
 *
 *     deno run -A tests/soak/support/bare_server.ts PING_TIMEOUT_SECONDS
 */
import { type ProcessHeld, processHeld, serveMeasured } from "../../support/measured_server.ts";

/** What it answers to each word. */
export type BareAnswers = { readonly held: ProcessHeld };

const HELLO = JSON.stringify({ type: "hello", transport: "websocket", session_id: "" });
const ANSWER = ["stt", "tts start", "tts stop"].map((type) => JSON.stringify({ type, session_id: "" }));

if (import.meta.main) {
  const idleTimeout = Number(Deno.args[0]);
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    try {
      const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout });
      socket.binaryType = "arraybuffer";
      socket.onerror = () => {};
      socket.onmessage = ({ data }) => {
        if (typeof data !== "string") return;
        if (data.includes("hello")) socket.send(HELLO);
        if (data.includes("stop")) { for (const message of ANSWER) socket.send(message); }
        if (data.includes("goodbye")) socket.close(1000);
      };
      return response;
    } catch {
      return new Response("no", { status: 400 });
    }
  });
  await serveMeasured(`ws://127.0.0.1:${server.addr.port}/`, processHeld);
  Deno.exit(0);
}
