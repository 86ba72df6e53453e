import { encodeClientFrame, OPCODE } from "../../lib/device/websocket_frame.ts";
import type { TestGateway } from "./test_gateway.ts";

const COPIES = 4_000;
const BLOCKS = 25;
const encoder = new TextEncoder();

/**
 * Says hello, then sends the same message 100,000 times, as fast as TCP takes it, and stays until the signal
 * aborts. Reads nothing.
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
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: gateway.gateway.port });
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
  for (let count = 0; count < BLOCKS && !signal.aborted; count++) {
    for (let at = 0; at < block.length;) at += await connection.write(block.subarray(at));
  }
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}
