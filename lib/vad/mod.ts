/**
 * Voice activity: when somebody begins and stops speaking, for all sessions at once, over the engine.
 *
 * @module
 */
export { type VadConfig, vadConfig } from "./config.ts";
export type { DetectorSound } from "./detector_sound.ts";
export { findSpeech } from "./find_speech.ts";
export { VadMetrics } from "./metrics.ts";
export { PacketDetector } from "./packet_detector.ts";
export { SpeechDetector, type SpeechDetectorOptions, type SpeechEvent } from "./speech_detector.ts";
export { StartDetector } from "./start_detector.ts";
export { SpeechEvidence } from "./speech_evidence.ts";
export { VadBatcher, type VadBatcherOptions, type VadBatcherStats } from "./vad_batcher.ts";
export { VAD_FRAME_SAMPLES, type VadFrame, VadFramer } from "./vad_framer.ts";
export { type VadListener, VadStream, type VadStreamOwner, type WaitingChunk } from "./vad_stream.ts";
