import { createHash } from "node:crypto";

/** Opus packets of one duration, which play by themselves. All who get them share them: do not change them. */
export type Packets = readonly Uint8Array<ArrayBuffer>[];

/** Which sound: of what voice, how cut, and of what words. */
export interface SpeechKey {
  /** How the voice sounds; see `soundPrint`. */
  readonly print: string;
  /** How long each packet sounds, in ms. */
  readonly frameMs: number;
  /** The language in which it is spoken (BCP 47). */
  readonly language: string;
  readonly text: string;
}

/** The name of a sound, which tells nothing of its words: 64 hex digits. */
export function nameOf({ print, frameMs, language, text }: SpeechKey): string {
  return createHash("sha256").update(JSON.stringify([print, frameMs, language, text])).digest("hex");
}
