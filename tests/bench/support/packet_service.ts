/**
 * A service in a process of its own that speaks: over a WebSocket packet by packet, one each 60 ms, and over HTTP as Ogg
 * Opus: below `/pass` the same packets, below `/encode` frames of 20 ms, at once; below `/paged` the first ones page by
 * page. `GET /seconds` says how long it sounds.
 */
import { delay } from "@std/async";
import { resample, toFloat32, toPcm16 } from "../../../lib/audio/mod.ts";
import { withVoicedDb } from "../../support/levels.ts";
import { serveMeasured } from "../../support/measured_server.ts";
import { oggOf, opusPackets } from "../../support/opus_streams.ts";
import { ASK, speechClip } from "../../support/speech.ts";

const FRAME_MS = 60;
const HZ = 24_000;
const LEVEL_DB = -18;
/** How long it takes between two pages of 200 ms. */
const PAGE_GAP_MS = 10;

const speech = withVoicedDb(toPcm16(resample(toFloat32(speechClip(ASK).pcm), 16_000, HZ)), LEVEL_DB, HZ);
const packets = opusPackets(speech);
const passed = oggOf(packets);
const files = new Map([
  ["pass", passed],
  ["encode", oggOf(opusPackets(speech, { frameMs: 20 }), { frameMs: 20 })],
]);

/** The file, page by page, as a service sends it that speaks faster than is listened. */
async function* pages(): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  for (let at = 0; at < passed.length;) {
    const bodyAt = at + 27 + (passed[at + 26] ?? 0);
    const end = passed.subarray(at + 27, bodyAt).reduce((sum, bytes) => sum + bytes, bodyAt);
    yield passed.slice(at, end);
    await delay(PAGE_GAP_MS);
    at = end;
  }
}

const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
  const [, way = ""] = new URL(request.url).pathname.split("/");
  const headers = { "content-type": "audio/ogg" };
  if (way === "seconds") return Response.json(packets.length * FRAME_MS / 1_000);
  if (way === "paged") return new Response(ReadableStream.from(pages()), { headers });
  const file = files.get(way);
  if (file !== undefined) return new Response(file, { headers });
  const { socket, response } = Deno.upgradeWebSocket(request);
  let timer: ReturnType<typeof setInterval> | undefined;
  socket.onopen = () => {
    const beganMs = performance.now();
    let sent = 0;
    timer = setInterval(() => {
      for (; sent * FRAME_MS <= performance.now() - beganMs; sent++) {
        const packet = packets[sent % packets.length];
        if (packet !== undefined) socket.send(packet);
      }
    }, FRAME_MS);
  };
  socket.onerror = (event) => event.preventDefault();
  socket.onclose = () => clearInterval(timer);
  return response;
});
await serveMeasured(`ws://127.0.0.1:${server.addr.port}/`, () => ({}));
Deno.exit(0);
