/**
 * An engine process that hears by loudness and takes its time to recognize and to speak, so that it can be killed or stopped at
 * any instant. Run by `EngineClient` in the place of the real one.
 */
import { delay } from "@std/async";
import { readFrames } from "../../../lib/engine/frame_codec.ts";
import { decodeMessage, encodeMessage } from "../../../lib/engine/message_codec.ts";
import type { EngineReply, EngineRequest } from "../../../lib/engine/messages.ts";
import { DeviceSounds } from "../../../lib/engine/sounds/device_sounds.ts";
import { hearDevices } from "../../../lib/engine/sounds/hear_devices.ts";
import { StreamFramers } from "../../../lib/engine/sounds/stream_framers.ts";
import { FakeEngine } from "../../support/fake_engine.ts";
import { toneSamples } from "../../support/tones.ts";

const RECOGNITION_MS = 300;
const SPEECH_MS = 600;
const SPEECH_RATE_HZ = 16_000;

/** Whatever the text is. */
const SPEECH = toneSamples({ hz: 300, durationMs: 3_000 }, SPEECH_RATE_HZ);

const engine = new FakeEngine();
const sounds = new DeviceSounds();
const framers = new StreamFramers();
const output = Deno.stdout.writable.getWriter();
const reply = (message: EngineReply) => output.write(encodeMessage(message));

for await (const frame of readFrames(Deno.stdin.readable)) {
  const request = decodeMessage(frame) as EngineRequest;
  switch (request.type) {
    case "setup":
      await reply({ type: "ready" });
      break;
    case "warm":
      await reply({ type: "warmed", id: request.id });
      break;
    case "hear":
      await reply(
        await hearDevices(request, { sounds, framers, detect: (batch) => engine.detectSpeech(batch) }),
      );
      break;
    case "release_sound":
      sounds.keepFrom(request.soundId, request.fromSeq ?? Infinity);
      break;
    case "detect": {
      const heard = await engine.detectSpeech(request.batch);
      const closed = request.closed.map((streamId) => ({ streamId, probabilities: new Float32Array(0) }));
      await reply({ type: "detected", id: request.id, responses: [...heard, ...closed] });
      break;
    }
    case "recognize":
      delay(RECOGNITION_MS)
        .then(() =>
          engine.recognize(
            request.sound.type === "samples" ? request.sound.pcm : new Int16Array(request.sound.samples),
          )
        )
        .then(({ text, inferenceMs }) => reply({ type: "recognized", id: request.id, text, inferenceMs }));
      break;
    case "speak":
      delay(SPEECH_MS).then(() =>
        reply({ type: "spoken", id: request.id, pcm: SPEECH, sampleRateHz: SPEECH_RATE_HZ })
      );
      break;
  }
}
Deno.exit(0);
