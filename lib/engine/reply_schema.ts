import { z } from "zod";
import { EarshotError } from "../errors/mod.ts";
import type { Frame } from "./frame_codec.ts";
import { decodeMessage } from "./message_codec.ts";
import type { EngineReply } from "./messages.ts";

const id = z.int().min(0);
const permissions = z.record(z.string(), z.union([z.literal("all"), z.array(z.string()).readonly()]));
const samples = z.instanceof(Int16Array);
const counts = z.array(id);

/** Checked on this side of the pipe alone: native code runs on the other one. */
const replySchema: z.ZodType<EngineReply> = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready"), permissions: permissions.exactOptional() }),
  z.object({ type: z.literal("runtime_failed"), message: z.string() }),
  z.object({ type: z.literal("warmed"), id }),
  z.object({
    type: z.literal("recognized"),
    id,
    text: z.string(),
    inferenceMs: z.number(),
    language: z.string().exactOptional(),
    tags: z.string().exactOptional(),
  }),
  z.object({ type: z.literal("streamed"), id, finals: z.array(z.string()), partial: z.string() }),
  z.object({ type: z.literal("stream_closed"), id }),
  z.object({
    type: z.literal("detected"),
    id,
    responses: z.array(
      z.object({ streamId: id, probabilities: z.instanceof(Float32Array), gated: id.exactOptional() }),
    ),
  }),
  z.object({
    type: z.literal("heard"),
    id,
    verdicts: z.array(
      z.object({
        streamId: id,
        frames: id,
        gated: id.exactOptional(),
        levels: counts.exactOptional(),
        samples: counts.exactOptional(),
      }),
    ),
    probabilities: z.instanceof(Float32Array),
    levels: z.instanceof(Uint8Array),
    pcm: samples,
  }),
  z.object({ type: z.literal("spoken"), id, pcm: samples, sampleRateHz: z.int().min(1) }),
  z.object({ type: z.literal("failed"), id, message: z.string() }),
]);

/** Reads a reply of the engine process; throws `internal` when it is none. */
export function decodeReply(frame: Frame): EngineReply {
  const reply = replySchema.safeParse(decodeMessage(frame));
  if (reply.success) return reply.data;
  const [issue] = reply.error.issues;
  throw new EarshotError("internal", `Cannot read a reply of the engine: ${issue?.path.join(".")} is wrong`);
}
