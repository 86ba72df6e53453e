/**
 * An engine process that hears by loudness and takes its time to recognize, so that it can be killed or stopped at
 * any instant. Run by `EngineClient` in the place of the real one.
 */
import { delay } from "@std/async";
import { readFrames } from "../../../lib/engine/frame_codec.ts";
import { decodeMessage, encodeMessage } from "../../../lib/engine/message_codec.ts";
import type { EngineReply, EngineRequest } from "../../../lib/engine/messages.ts";
import { FakeEngine } from "../../support/fake_engine.ts";

const RECOGNITION_MS = 300;

const engine = new FakeEngine();
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
    case "detect": {
      const heard = await engine.detectSpeech(request.batch);
      const closed = request.closed.map((streamId) => ({ streamId, probabilities: new Float32Array(0) }));
      await reply({ type: "detected", id: request.id, responses: [...heard, ...closed] });
      break;
    }
    case "recognize":
      delay(RECOGNITION_MS)
        .then(() => engine.recognize(request.pcm))
        .then(({ text, inferenceMs }) => reply({ type: "recognized", id: request.id, text, inferenceMs }));
      break;
    case "speak":
      await reply({ type: "failed", id: request.id, message: "Cannot speak: this engine has no voice" });
      break;
  }
}
Deno.exit(0);
