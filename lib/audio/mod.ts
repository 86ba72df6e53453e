/**
 * Sound: chunks and where they are held, Opus, PCM, WAV.
 *
 * @module
 */
export { type AudioChunk, payloadBytes } from "./audio_chunk.ts";
export { type AudioConfig, audioConfig } from "./config.ts";
export { OpusDecoder, type OpusDecoderOptions } from "./opus_decoder.ts";
export { OpusEncoder, type OpusEncoderOptions } from "./opus_encoder.ts";
export { opusPacketDurationMs } from "./opus_packet.ts";
export { mixToMono, toFloat32, toPcm16 } from "./pcm.ts";
export { resample } from "./resample.ts";
export { readWav, readWavAsPcm16, type WavSound, writeWav } from "./wav.ts";
