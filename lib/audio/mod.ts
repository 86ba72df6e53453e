/**
 * Sound: chunks and where they are held, Opus, PCM, files.
 *
 * @module
 */
export {
  AudioBuffer,
  type AudioBufferOptions,
  type AudioBufferStats,
  type EvictedByCause,
} from "./audio_buffer.ts";
export { BAND_ROW_MS, BandLevels, type BandRow, BANDS } from "./band_levels.ts";
export { type AudioChunk, payloadBytes } from "./audio_chunk.ts";
export { AudioCursor, type LostAudio } from "./audio_cursor.ts";
export { CHUNK_OVERHEAD_BYTES, type ChunkHold, ChunkLog } from "./chunk_log.ts";
export { type AudioConfig, audioLimits } from "./config.ts";
export { complexityFor } from "./encoding/complexity.ts";
export { SPEECH_FRAME_DURATIONS_MS, SPEECH_SAMPLE_RATE_HZ } from "./encoding/frame_packer.ts";
export {
  type EncodableSound,
  type EncodedPieceEnd,
  type ReadyPackets,
  SpeechEncoder,
} from "./encoding/speech_encoder.ts";
export type { Passing } from "./encoding/steady_voices.ts";
export {
  type OpenEncoderOptions,
  SpeechEncoders,
  type SpeechEncodersOptions,
  type SpeechEncodersStats,
} from "./encoding/speech_encoders.ts";
export { readOpusPackets } from "./files/read_opus_packets.ts";
export { ByteReader } from "./files/byte_reader.ts";
export { type ReadPcmOptions, readSound } from "./files/read_sound.ts";
export type { UndecodedOpus } from "./files/opus_piece.ts";
export { readContainedSound, readStreamedSound, type StreamedSound } from "./files/read_streamed_sound.ts";
export type { ReadSoundOptions } from "./files/sound_file.ts";
export { Leveler, type LevelerOptions, SPEECH_LEVEL_DB } from "./leveler.ts";
export { LevelMeter, type LevelMeterOptions, QUIETEST_LEVEL_DB } from "./level_meter.ts";
export { leastSpeechDb, loudnessOf } from "./loudness.ts";
export { Mp3Decoder, type Mp3DecoderOptions, type Mp3Sound } from "./mp3_decoder.ts";
export { isMp3, mp3MagicBytes } from "./mp3_frame.ts";
export {
  type AccountOwner,
  MemoryAccount,
  MemoryBudget,
  type MemoryBudgetStats,
  type Payer,
} from "./memory_budget.ts";
export { registerAudioMetrics, registerEncoderMetrics } from "./metrics.ts";
export { OpusDecoder, type OpusDecoderOptions } from "./opus_decoder.ts";
export { OpusEncoder, type OpusEncoderOptions } from "./opus_encoder.ts";
export { OggOpusMuxer } from "./ogg_opus_muxer.ts";
export { isStereoOpusPacket, isWellFramedOpusPacket } from "./opus_framing.ts";
export { MAX_PACKET_BYTES } from "./libopus.ts";
export { type NumberedPacket, PacketDecoder } from "./packet_decoder.ts";
export {
  isSilentOpusPacket,
  isUnpaddedSpeech,
  lostOpusPacket,
  MAX_OPUS_PACKET_BYTES,
  opusHasVoice,
  opusPacketDurationMs,
  opusPacketMake,
  SILENT_OPUS_MS,
  SILENT_OPUS_PACKET,
} from "./opus_packet.ts";
export { PeakLimiter, type PeakLimiterOptions } from "./peak_limiter.ts";
export { joinPcm, toFloat32, toPcm16 } from "./pcm.ts";
export { readWavAsPcm16 } from "./read_plain_wav.ts";
export { resample } from "./resample.ts";
export { StreamResampler } from "./stream_resampler.ts";
export type { Voiced } from "./voiced_level.ts";
export { writeWav } from "./write_wav.ts";
