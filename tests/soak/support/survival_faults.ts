import { encodeClientFrame, OPCODE } from "../../../lib/device/websocket_frame.ts";

/** A way in which peers misbehave. */
export interface Fault {
  readonly name: string;
  /** How many peers do it. */
  readonly peers: number;
  /** How many descriptors the gateway may have. */
  readonly descriptors?: number;
  /** Whether the peers live behind a network that can be cut. */
  readonly vanishes?: boolean;
  /** What one peer does with its fresh connection, until `signal` aborts or the connection ends. */
  readonly act: (connection: Deno.Conn, signal: AbortSignal) => Promise<void>;
}

const encoder = new TextEncoder();
const HELLO = encodeClientFrame(OPCODE.text, encoder.encode(`{"type":"hello"}`));
const HANDSHAKE = encoder.encode([
  "GET /xiaozhi/v1/ HTTP/1.1",
  "Host: earshot",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
  "",
  "",
].join("\r\n"));

/** Upgrades, says hello, and is silent from then on. */
export async function greet(connection: Deno.Conn): Promise<void> {
  await writeAll(connection, HANDSHAKE);
  await connection.read(new Uint8Array(1_024));
  await writeAll(connection, HELLO);
}

/** Every fault of the table. */
export const FAULTS: readonly Fault[] = [
  { name: "silent peers", peers: 20, act: greet },
  {
    name: "stalled readers",
    peers: 2,
    async act(connection, signal) {
      await greet(connection);
      // Slow enough to be no flood with so few peers, fast enough to fill what the system buffers.
      const block = repeat(HELLO, 100);
      while (!signal.aborted) {
        await writeAll(connection, block);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
  },
  { name: "half-open: vanished without a FIN", peers: 20, vanishes: true, act: greet },
  {
    name: "fragmented giants",
    peers: 4,
    async act(connection, signal) {
      await greet(connection);
      const pong = encodeClientFrame(OPCODE.pong, new Uint8Array());
      const part = encodeClientFrame(OPCODE.binary, new Uint8Array(60_000));
      part[0] = OPCODE.binary;
      while (!signal.aborted) {
        await writeAll(connection, part);
        // A sign of life, or it would be ended as a silent peer.
        await writeAll(connection, pong);
        part[0] = OPCODE.continuation;
        // 12 MB/s each is more than enough to see growth.
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  },
  { name: "idle TCP connections", peers: 50, act: () => Promise.resolve() },
  {
    name: "half headers",
    peers: 50,
    act: (connection) => writeAll(connection, encoder.encode("GET / HTTP/1.1\r\nHost: x\r\nX-Half: ")),
  },
  { name: "descriptors used up", peers: 300, descriptors: 160, act: () => Promise.resolve() },
];

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

function repeat(bytes: Uint8Array, times: number): Uint8Array {
  const all = new Uint8Array(bytes.length * times);
  for (let count = 0; count < times; count++) all.set(bytes, count * bytes.length);
  return all;
}
