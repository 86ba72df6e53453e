import { readFrames } from "../../lib/engine/frame_codec.ts";
import { decodeMessage, encodeMessage } from "../../lib/engine/message_codec.ts";
import type { EngineReply, EngineRequest } from "../../lib/engine/messages.ts";
import { DeviceSounds } from "../../lib/engine/sounds/device_sounds.ts";
import { hearDevices } from "../../lib/engine/sounds/hear_devices.ts";
import { StreamFramers } from "../../lib/engine/sounds/stream_framers.ts";

/**
 * An engine process without models, run by `EngineClient` like the real one, which misbehaves when told to: by the
 * voice path at its start, by the text of `speak` later: a "long" one ends when nobody waits for it. A recognition takes as many ms as its first sample says.
 */
const streams = new Map<number, number>();
const sounds = new DeviceSounds();
const framers = new StreamFramers();
const output = Deno.stdout.writable.getWriter();
const reply = (message: EngineReply) => output.write(encodeMessage(message));
const never = () => new Promise<never>(() => setInterval(() => {}, 1000));

for await (const frame of readFrames(Deno.stdin.readable)) {
  const request = decodeMessage(frame) as EngineRequest;
  switch (request.type) {
    case "setup": {
      const manner = request.models.flite;
      if (manner === "dies") Deno.exit(3);
      if (manner === "hangs") await never();
      if (manner === "no native" && request.runtime === "native") {
        await reply({ type: "runtime_failed", message: "Cannot load it: no such library" });
        Deno.exit(1);
      }
      await reply({ type: "ready" });
      break;
    }
    case "warm":
      await reply({ type: "warmed", id: request.id });
      break;
    case "recognize": {
      const { id, sound } = request;
      const pcm = sound.type === "samples" ? sound.pcm : new Int16Array(sound.samples);
      setTimeout(
        () => reply({ type: "recognized", id, text: `${pcm.length}`, inferenceMs: 1 }),
        pcm[0] ?? 0,
      );
      break;
    }
    case "stream": {
      const { id, streamId, sound, start, finish } = request;
      const pcm = sound.type === "samples" ? sound.pcm : new Int16Array(sound.samples);
      if (pcm[0] === 13) Deno.exit(7);
      const samples = (start ? 0 : streams.get(streamId) ?? NaN) + pcm.length;
      streams.set(streamId, samples);
      const partial = `${samples} samples, ${streams.size} streams`;
      if (finish) streams.delete(streamId);
      await reply({ type: "streamed", id, finals: finish ? [partial] : [], partial: finish ? "" : partial });
      break;
    }
    case "close_stream":
      streams.delete(request.streamId);
      await reply({ type: "stream_closed", id: request.id });
      break;
    case "hear":
      await reply(
        await hearDevices(request, {
          sounds,
          framers,
          detect: (batch) =>
            Promise.resolve(batch.map(({ streamId, pcm }) => ({
              streamId,
              probabilities: new Float32Array(pcm.length / 512).fill(0.5),
            }))),
        }),
      );
      break;
    case "release_sound":
      sounds.keepFrom(request.soundId, request.fromSeq ?? Infinity);
      break;
    case "detect": {
      const closed = request.closed.map((streamId) => ({ streamId, probabilities: new Float32Array(0) }));
      const heard = request.batch.map(({ streamId, pcm }) => ({
        streamId,
        probabilities: new Float32Array(pcm.length / 512).fill(0.5),
      }));
      await reply({ type: "detected", id: request.id, responses: [...heard, ...closed] });
      break;
    }
    case "speak":
      if (request.text === "die") Deno.exit(7);
      if (request.text === "abort") {
        Deno.dlopen("libc.so.6", { abort: { parameters: [], result: "void" } }).symbols.abort();
      }
      if (request.text === "long") break;
      if (request.text === "hang") await never();
      if (request.text === "babble") await output.write(new Uint8Array(64).fill(255));
      if (request.text === "fail") {
        await reply({ type: "failed", id: request.id, message: "Cannot speak: told to fail" });
        break;
      }
      await reply({ type: "spoken", id: request.id, pcm: Int16Array.of(1, -2, 3), sampleRateHz: 16_000 });
      break;
    // Whatever was long is over.
    case "stop_speaking":
      await reply({ type: "spoken", id: request.id, pcm: Int16Array.of(9), sampleRateHz: 16_000 });
      break;
  }
}
Deno.exit(0);
