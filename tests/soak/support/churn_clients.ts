import { delay } from "@std/async";
import { OpusEncoder } from "../../../lib/audio/mod.ts";
import { RawWebSocket } from "../../../lib/device/mod.ts";
import { withDeadline } from "../../../lib/lifecycle/mod.ts";
import { noise } from "../../support/noise.ts";

const NEVER = new AbortController().signal;
const VISIT_DEADLINE_MS = 20_000;
const PACKETS = packets();

/** One connection from its first byte to its last. */
type Visit = (url: URL) => Promise<void>;

/** What clients do, each in turn; what is named last is what goes wrong. */
export const VISITS: Readonly<Record<string, Visit>> = {
  "a turn, answered, then gone": (url) =>
    connected(url, async (socket) => {
      await turn(socket);
    }),
  "a turn, then goodbye": (url) =>
    connected(url, async (socket) => {
      await turn(socket);
      say(socket, { type: "goodbye" });
      await toItsEnd(socket);
    }),
  "gone before hello": (url) => connected(url, () => Promise.resolve()),
  "gone after hello": (url) => connected(url, (socket) => greet(socket)),
  "gone in the middle of speech": (url) =>
    connected(url, async (socket) => {
      await greet(socket);
      speak(socket, 5);
    }),
  "gone while its words are found": (url) =>
    connected(url, async (socket) => {
      await greet(socket);
      speak(socket, 10);
      say(socket, { type: "listen", state: "stop" });
      await delay(5);
    }),
  "garbage, then gone": (url) =>
    connected(url, async (socket) => {
      await greet(socket);
      for (let index = 0; index < 20; index++) {
        socket.send(crypto.getRandomValues(new Uint8Array(100)));
        socket.send(`{"type":"listen","state":${index}`);
      }
      await delay(5);
    }),
  "a message that is too big": (url) =>
    connected(url, async (socket) => {
      await greet(socket);
      speak(socket, 2);
      socket.send(new Uint8Array(20_000));
      // Read, as firmware does, since only who reads is told of the close; the bare server does not close.
      await withDeadline(toItsEnd(socket), 50, { what: "the close" }).catch(() => {});
    }),
  "a flood, then gone": (url) =>
    connected(url, async (socket) => {
      await greet(socket);
      speak(socket, 300);
      await delay(5);
    }),
  "a reader that stalls, then gone": (url) =>
    connected(url, async (socket) => {
      await greet(socket);
      socket.stall();
      speak(socket, 5);
      say(socket, { type: "listen", state: "stop" });
      await delay(30);
    }),
  "half a header, then gone": async (url) => {
    using connection = await Deno.connect({ hostname: url.hostname, port: Number(url.port) });
    await connection.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\nUpgr"));
    await delay(5);
  },
  "no handshake": async (url) => {
    const answer = await fetch(`http://${url.host}${url.pathname}`, { headers: { upgrade: "websocket" } });
    await answer.body?.cancel();
  },
};

/** Runs `count` visits, so many at once, each kind as often. Rejects when one is not served as it should be. */
export async function churn(url: URL, options: { count: number; atOnce: number }): Promise<void> {
  const visits = Object.entries(VISITS);
  let next = 0;
  await Promise.all(Array.from({ length: options.atOnce }, async () => {
    while (next < options.count) {
      const entry = visits[next++ % visits.length];
      if (entry !== undefined) await withDeadline(entry[1](url), VISIT_DEADLINE_MS, { what: entry[0] });
    }
  }));
}

/** Brings `count` devices to where their words are being found, and leaves them there. */
export async function recognizing(url: URL, count: number): Promise<readonly RawWebSocket[]> {
  const sockets: RawWebSocket[] = [];
  for (let index = 0; index < count; index++) {
    const socket = await RawWebSocket.connect(url, {}, NEVER);
    await greet(socket);
    speak(socket, 10);
    say(socket, { type: "listen", state: "stop" });
    // Whoever reads answers the closing of its socket.
    void toItsEnd(socket);
    sockets.push(socket);
  }
  return sockets;
}

async function connected(url: URL, use: (socket: RawWebSocket) => Promise<void>): Promise<void> {
  const socket = await RawWebSocket.connect(url, {}, NEVER);
  try {
    await use(socket);
  } finally {
    socket.drop();
  }
}

async function greet(socket: RawWebSocket): Promise<void> {
  say(socket, { type: "hello", transport: "websocket" });
  await heard(socket, "hello");
  say(socket, { type: "listen", state: "start", mode: "manual" });
}

async function turn(socket: RawWebSocket): Promise<void> {
  await greet(socket);
  speak(socket, 10);
  say(socket, { type: "listen", state: "stop" });
  await heard(socket, "stop");
}

/** Reads up to the first message that has the word; what comes later stays unread. */
async function heard(socket: RawWebSocket, word: string): Promise<void> {
  const messages = socket[Symbol.asyncIterator]();
  for (;;) {
    const { value, done } = await messages.next();
    if (done) throw new Error(`Cannot go on: the connection ended before ${word}`);
    if (typeof value === "string" && value.includes(word)) return;
  }
}

async function toItsEnd(socket: RawWebSocket): Promise<void> {
  for await (const _message of socket);
}

function say(socket: RawWebSocket, message: Readonly<Record<string, unknown>>): void {
  socket.send(JSON.stringify(message));
}

function speak(socket: RawWebSocket, count: number): void {
  for (let index = 0; index < count; index++) {
    socket.send(PACKETS[index % PACKETS.length] ?? new Uint8Array());
  }
}

function packets(): Uint8Array[] {
  const encoder = new OpusEncoder({ sampleRateHz: 16_000 });
  const sound = noise(20 * 960, 8_000);
  const encoded = Array.from(
    { length: 20 },
    (_, index) => encoder.encode(sound.subarray(index * 960, (index + 1) * 960)),
  );
  encoder.close();
  return encoded;
}
