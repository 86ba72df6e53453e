import { openSocket } from "../../net/mod.ts";
import { encodeDoubaoEvent } from "../../service/mod.ts";
import type { SpeechSound } from "../contract.ts";
import { oneFormat } from "../body/one_format.ts";
import { PulledSocket } from "../socket/pulled_socket.ts";
import { soundOfBody } from "../body/sound_of_body.ts";
import { DOUBAO_EVENT, readDoubaoEvent } from "./doubao_events.ts";
import { type DoubaoPeer, refusedBy } from "./doubao_peer.ts";
import { wholeRequestFrame } from "./doubao_request.ts";

/** Speaks a text over a WebSocket, which takes it whole. */
export function speakOverSocket(
  text: string,
  peer: DoubaoPeer,
  signal: AbortSignal,
): AsyncGenerator<SpeechSound, void> {
  const { service, settings: { sampleRateHz } } = peer;
  return soundOfBody(oneFormat(service, bytesOf(text, peer, signal)), { service, sampleRateHz });
}

/** A connection of its own: one that is kept counts among those that an account may have at once. */
async function* bytesOf(
  text: string,
  peer: DoubaoPeer,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const { service, url, headers, trust, settings } = peer;
  const request = { url, headers: headers(), trust };
  const connecting = PulledSocket.open({
    service,
    connect: (handlers, life) => openSocket(request, handlers, life),
  }, signal);
  using socket = await connecting.catch((thrown) => {
    throw refusedBy(peer, { thrown });
  });
  socket.send(wholeRequestFrame(settings, text));
  for (;;) {
    const event = readDoubaoEvent(await socket.next(), { service, said: text });
    if (event.type === "sound") yield event.bytes;
    if (event.type === "finished") break;
  }
  socket.send(encodeDoubaoEvent(DOUBAO_EVENT.finishConnection));
  socket.close();
}
