/**
 * A service in a process of its own that speaks: over a WebSocket packet by packet, one each 60 ms, and over HTTP as Ogg
 * Opus at once: at `/pass` the same packets, at `/encode` frames of 20 ms.
 */
import { resample, toFloat32, toPcm16 } from "../../../lib/audio/mod.ts";
import { withVoicedDb } from "../../support/levels.ts";
import { serveMeasured } from "../../support/measured_server.ts";
import { oggOf, opusPackets } from "../../support/opus_streams.ts";
import { ASK, speechClip } from "../../support/speech.ts";

const FRAME_MS = 60;
const HZ = 24_000;
const LEVEL_DB = -18;

const speech = withVoicedDb(toPcm16(resample(toFloat32(speechClip(ASK).pcm), 16_000, HZ)), LEVEL_DB, HZ);
const packets = opusPackets(speech);
const files = new Map([
  ["/pass", oggOf(packets)],
  ["/encode", oggOf(opusPackets(speech, { frameMs: 20 }), { frameMs: 20 })],
]);

const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
  const file = files.get(new URL(request.url).pathname);
  if (file !== undefined) return new Response(file, { headers: { "content-type": "audio/ogg" } });
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
