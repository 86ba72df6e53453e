import { encodeClientFrame, OPCODE } from "../../lib/device/websocket_frame.ts";
import type { TestGateway } from "./test_gateway.ts";

const COPIES = 4_000;
const encoder = new TextEncoder();

/**
 * Says hello, then sends the same message again and again, as fast as TCP takes it, until the signal aborts or
 * the gateway hangs up. Reads nothing.
 */
export async function flood(
  gateway: TestGateway,
  message: string | Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const one = typeof message === "string"
    ? encodeClientFrame(OPCODE.text, encoder.encode(message))
    : encodeClientFrame(OPCODE.binary, message);
  const block = new Uint8Array(one.length * COPIES);
  for (let copy = 0; copy < COPIES; copy++) block.set(one, copy * one.length);
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: gateway.gateway.port });
  const hangUp = () => connection.close();
  signal.addEventListener("abort", hangUp, { once: true });
  try {
    const lines = [
      "GET /xiaozhi/v1/ HTTP/1.1",
      "Host: earshot",
      "Upgrade: websocket",
      "Connection: keep-alive, Upgrade",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    ];
    await connection.write(encoder.encode(lines.join("\r\n") + "\r\n\r\n"));
    await connection.read(new Uint8Array(1_024));
    await connection.write(encodeClientFrame(OPCODE.text, encoder.encode(`{"type":"hello"}`)));
    while (!signal.aborted) {
      for (let at = 0; at < block.length;) at += await connection.write(block.subarray(at));
    }
  } catch (thrown) {
    if (signal.aborted) return;
    hangUp();
    if (!(thrown instanceof Deno.errors.BrokenPipe || thrown instanceof Deno.errors.ConnectionReset)) {
      throw thrown;
    }
  } finally {
    signal.removeEventListener("abort", hangUp);
  }
}
