export { type AudioChunk, payloadBytes } from "./audio_chunk.ts";
