/**
 * Decodes the packets of many streams, as a Worker of the gateway would: a message for each, both ways without
 * copies.
 */
/// <reference lib="deno.worker" />
import { OpusDecoder } from "../../../lib/audio/mod.ts";

const decoders = new Map<number, OpusDecoder>();

self.onmessage = ({ data }: MessageEvent<{ readonly stream: number; readonly opus: Uint8Array }>) => {
  const { stream, opus } = data;
  const decoder = decoders.get(stream) ?? new OpusDecoder();
  decoders.set(stream, decoder);
  const pcm = decoder.decode(opus);
  self.postMessage({ stream, pcm }, [pcm.buffer]);
};
