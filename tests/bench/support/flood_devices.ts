/**
 * Devices that say hello, begin to listen, and send too much, in a process of their own: their work is not the
 * gateway's. Arguments: URL, how many, and what they do. Ends when stdin does.
 *
 * - `flood`: sound as fast as TCP takes it, without an end; nothing is read, and whoever is thrown out comes back.
 * - `obey`: the same, but they go when they are told to.
 * - `ahead`: as much as is allowed: a minute at once, then sound at its own pace.
 * - `talk`: the same with speech, all of which is to be recognized.
 */
import { OpusEncoder } from "../../../lib/audio/mod.ts";
import { encodeClientFrame, OPCODE } from "../../../lib/device/websocket_frame.ts";
import { noise } from "../../support/noise.ts";
import { speechClips } from "../../support/speech.ts";

const url = new URL(Deno.args[0] ?? "");
const devices = Number(Deno.args[1]);
const behavior = Deno.args[2] ?? "flood";
/** How long they stay away before they come back. */
const AWAY_MS = 5_000;
const PACKETS = 170;
const PACKET_MS = 60;
/** Of the 60 s that may come at once. */
const BLOCKS_AT_ONCE = 5;
const CLOSE = 0x88;
const text = (value: unknown) =>
  encodeClientFrame(OPCODE.text, new TextEncoder().encode(JSON.stringify(value)));

/** Ten seconds in packets of 60 ms, as they go over the wire. */
function sound(): Uint8Array[] {
  const encoder = new OpusEncoder({ sampleRateHz: 16_000 });
  const speech = behavior === "talk" ? speechClips().flatMap(({ pcm }) => [...pcm]) : undefined;
  const frames = Array.from({ length: PACKETS }, (_, index) => {
    const pcm = speech ? Int16Array.from(speech.slice(index * 960, (index + 1) * 960)) : noise(960, 3_000);
    return encodeClientFrame(OPCODE.binary, encoder.encode(pcm));
  });
  encoder.close();
  return frames;
}

function joined(frames: readonly Uint8Array[]): Uint8Array {
  const block = new Uint8Array(frames.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const frame of frames) {
    block.set(frame, at);
    at += frame.length;
  }
  return block;
}

const packets = sound();
const block = joined(packets);
const ended = new AbortController();

/** Resolves when the gateway asks for the end, or ends it. */
async function untilClosed(connection: Deno.TcpConn): Promise<void> {
  const bytes = new Uint8Array(4_096);
  for (;;) {
    const length = await connection.read(bytes);
    if (length === null) return;
    // Its frames are short and come one by one or two, an alert before the close frame; a text holds no such byte.
    if (bytes.subarray(0, length).includes(CLOSE)) return;
  }
}

async function flood(): Promise<void> {
  using connection = await Deno.connect({ hostname: url.hostname, port: Number(url.port) });
  const end = () => connection.close();
  ended.signal.addEventListener("abort", end);
  try {
    const request = [
      `GET ${url.pathname} HTTP/1.1`,
      `Host: ${url.host}`,
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    ];
    await connection.write(new TextEncoder().encode(request.join("\r\n") + "\r\n\r\n"));
    await connection.read(new Uint8Array(1_024));
    await connection.write(text({ type: "hello" }));
    await connection.write(text({ type: "listen", state: "start", mode: "manual" }));
    let open = true;
    if (behavior === "obey") untilClosed(connection).catch(() => {}).finally(() => open = false);
    if (behavior === "ahead" || behavior === "talk") return await stayAhead(connection);
    while (open) {
      for (let at = 0; open && at < block.length;) at += await connection.write(block.subarray(at));
    }
  } catch {
    // the gateway, or the end of the bench, has ended it
  } finally {
    ended.signal.removeEventListener("abort", end);
  }
}

async function stayAhead(connection: Deno.TcpConn): Promise<void> {
  for (let count = 0; count < BLOCKS_AT_ONCE; count++) {
    for (let at = 0; at < block.length;) at += await connection.write(block.subarray(at));
  }
  for (let count = 0;; count++) {
    await new Promise((resolve) => setTimeout(resolve, PACKET_MS));
    await connection.write(packets[count % PACKETS] ?? block);
  }
}

async function floodAgainAndAgain(): Promise<void> {
  while (!ended.signal.aborted) {
    await flood().catch(() => {});
    if (!ended.signal.aborted) await new Promise((resolve) => setTimeout(resolve, AWAY_MS));
  }
}

for (let count = 0; count < devices; count++) void floodAgainAndAgain();
for await (const _ of Deno.stdin.readable);
ended.abort();
Deno.exit(0);
